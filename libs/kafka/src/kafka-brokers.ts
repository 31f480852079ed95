import type { ConnectionOptions } from 'node:tls'
import type { Sasl } from './client/kafka-client.js'

/** How to reach a cluster: `host:port` of some brokers, and how to prove who we are. */
export interface KafkaConnection {
  readonly brokers: readonly string[]
  /** Undefined: no encryption. */
  readonly tls?: ConnectionOptions
  readonly sasl?: Sasl
}

const MECHANISMS: readonly string[] = ['plain', 'scram-sha-256', 'scram-sha-512'] satisfies Sasl['mechanism'][]
const DEFAULT_PORT = 9092

/**
 * Reads `KAFKA_BROKERS`: `host:9092,host2:9092`, or `kafka://user:password@host:9092,host2:9092?ssl=true` with `ssl`
 * (`true` or `false`) and `mechanism` (`plain`, `scram-sha-256`, `scram-sha-512`; the last by default). User and password
 * are percent-encoded. Throws `TypeError` whose message does not hold the password.
 */
export function parseKafkaBrokers(text: string): KafkaConnection {
  const found = /^(?:kafka:\/\/(?:([^:@/]*):([^@/]*)@)?)?([^@?/]+)\/?(?:\?(.*))?$/.exec(text.trim())
  if (found === null)
    throw new TypeError('not a list of Kafka brokers: host:port,… or kafka://user:password@host:port,…')
  const [, user, password, hosts, query] = found
  const parameters = new URLSearchParams(query ?? '')
  const unknown = [...parameters.keys()].find((name) => name !== 'ssl' && name !== 'mechanism')
  if (unknown !== undefined) throw new TypeError(`Kafka brokers: unknown parameter ${unknown}`)
  const ssl = parameters.get('ssl') ?? 'false'
  if (ssl !== 'true' && ssl !== 'false') throw new TypeError('Kafka brokers: ssl is true or false')
  const sasl = saslOf(user, password, parameters.get('mechanism') ?? 'scram-sha-512')
  return {
    brokers: hosts!.split(',').map(addressOf),
    ...(ssl === 'true' ? { tls: {} } : {}),
    ...(sasl === undefined ? {} : { sasl }),
  }
}

function saslOf(user: string | undefined, password: string | undefined, mechanism: string): Sasl | undefined {
  if (!MECHANISMS.includes(mechanism))
    throw new TypeError(`Kafka brokers: mechanism is one of ${MECHANISMS.join(', ')}`)
  if (user === undefined || password === undefined) return undefined
  try {
    const credentials = { username: decodeURIComponent(user), password: decodeURIComponent(password) }
    return { mechanism: mechanism as Sasl['mechanism'], ...credentials }
  } catch {
    throw new TypeError('Kafka brokers: user or password is not percent-encoded')
  }
}

function addressOf(text: string): string {
  const found = /^\s*(\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?\s*$/.exec(text)
  const port = Number(found?.[2] ?? DEFAULT_PORT)
  if (found === null || port < 1 || port > 65_535)
    throw new TypeError(`Kafka brokers: not a host and port: ${text.trim()}`)
  return `${found[1]}:${port}`
}
