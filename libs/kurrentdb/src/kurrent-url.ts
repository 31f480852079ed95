import { isIPv4 } from 'node:net'
import { maskUrls } from '@trunkline/runtime'

export interface KurrentUrl {
  /** For the client, without user and password. */
  readonly connectionString: string
  /** `host:port`, comma-separated: for messages. */
  readonly hosts: string
  readonly credentials: { readonly username: string; readonly password: string } | undefined
  /** From `defaultDeadline`, ms. */
  readonly deadlineMs: number | undefined
  /** The whole address with its secrets masked. */
  readonly masked: string
}

/** The setting is no address of KurrentDB; the message tells what is wrong and never the password. */
export class KurrentUrlError extends Error {
  readonly code = 'BAD_KURRENTDB_URL'
  readonly retryable = false
}

type Check = (value: string) => string | undefined

const bool: Check = (value) => (value === 'true' || value === 'false' ? undefined : 'must be true or false')
const text: Check = (value) => (value === '' ? 'must not be empty' : undefined)
const atLeast =
  (least: number): Check =>
  (value) =>
    /^\d{1,9}$/.test(value) && Number(value) >= least ? undefined : `must be a whole number of at least ${least}`
const preference: Check = (value) =>
  ['leader', 'follower', 'random', 'readonlyreplica'].includes(value.toLowerCase())
    ? undefined
    : 'must be leader, follower, random or readOnlyReplica'

/**
 * Options that both halves of the client understand in the same way; `gossipTimeout`, for one, is in seconds for the one and
 * in milliseconds for the other. Fewer than two attempts of discovery never connect.
 */
const OPTIONS: Readonly<Record<string, Check>> = {
  tls: bool,
  tlsVerifyCert: bool,
  tlsCAFile: text,
  userCertFile: text,
  userKeyFile: text,
  nodePreference: preference,
  maxDiscoverAttempts: atLeast(2),
  discoveryInterval: atLeast(1),
  keepAliveInterval: atLeast(10_000),
  keepAliveTimeout: atLeast(1000),
  connectionName: text,
  defaultDeadline: atLeast(100),
}
const NAMES = new Map(Object.keys(OPTIONS).map((name) => [name.toLowerCase(), name]))
/** The client's other half asks any node by default, waits this long before it connects, and tries thrice. */
const DEFAULTS = { nodePreference: 'leader', discoveryInterval: '100', maxDiscoverAttempts: '5' }

const SHAPE =
  /^(?:esdb|kdb|kurrent|kurrentdb)(?<discover>\+discover)?:\/\/(?:(?<user>[^/?#]*)@)?(?<hosts>[^/?#@]*)\/?(?:\?(?<query>[^#]*))?$/i

/**
 * Reads the address of a KurrentDB: `kurrentdb://user:password@host:2113?tls=true`, several hosts separated by commas,
 * or `kurrentdb+discover://` for a name that stands for a cluster. User and password are percent-encoded. Throws
 * {@link KurrentUrlError}.
 */
export function parseKurrentUrl(url: string): KurrentUrl {
  const groups = SHAPE.exec(url.trim())?.groups
  if (groups === undefined) {
    throw new KurrentUrlError('KurrentDB: expected kurrentdb://user:password@host:2113?tls=true')
  }
  const hosts = (groups['hosts'] ?? '').split(',').map(toHost)
  const options = toOptions(groups['query'] ?? '')
  if (options.has('userCertFile') !== options.has('userKeyFile')) {
    throw new KurrentUrlError('KurrentDB: userCertFile and userKeyFile go together')
  }
  const address = hosts.find((host) => isIPv4(host.split(':')[0]!))
  if (address !== undefined && options.get('tls') !== 'false') {
    // TLS names the server that is wanted, and Node refuses an address for a name.
    throw new KurrentUrlError(`KurrentDB: over TLS a host needs a name, not an address: "${address}" (or ?tls=false)`)
  }
  const deadline = options.get('defaultDeadline')
  options.delete('defaultDeadline')
  for (const [name, value] of Object.entries(DEFAULTS)) if (!options.has(name)) options.set(name, value)
  const query = [...options].map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')
  return {
    connectionString: `kurrentdb${groups['discover'] === undefined ? '' : '+discover'}://${hosts.join(',')}?${query}`,
    hosts: hosts.join(','),
    credentials: groups['user'] === undefined ? undefined : toCredentials(groups['user']),
    deadlineMs: deadline === undefined ? undefined : Number(deadline),
    masked: maskUrls(url.trim()),
  }
}

function toHost(host: string): string {
  const [, name, port = '2113'] = /^([a-z0-9._-]+)(?::(\d{1,5}))?$/i.exec(host.trim()) ?? []
  if (name === undefined || Number(port) < 1 || Number(port) > 65_535) {
    throw new KurrentUrlError(`KurrentDB: not a host with a port: "${maskUrls(host)}"`)
  }
  return `${name}:${Number(port)}`
}

function toCredentials(user: string): { username: string; password: string } {
  const [username, password, ...rest] = user.split(':')
  if (!username || !password || rest.length > 0 || user.includes('@')) {
    throw new KurrentUrlError(
      'KurrentDB: expected user:password before @, with : @ / ? # and % in them percent-encoded',
    )
  }
  try {
    return { username: decodeURIComponent(username), password: decodeURIComponent(password) }
  } catch {
    throw new KurrentUrlError('KurrentDB: user or password is not percent-encoded')
  }
}

function toOptions(query: string): Map<string, string> {
  const options = new Map<string, string>()
  for (const [key, value] of new URLSearchParams(query.replaceAll('+', '%2B'))) {
    const name = NAMES.get(key.toLowerCase())
    if (name === undefined) {
      throw new KurrentUrlError(`KurrentDB: unknown option "${key}"; known are ${Object.keys(OPTIONS).join(', ')}`)
    }
    const wrong = OPTIONS[name]!(value)
    if (wrong !== undefined) throw new KurrentUrlError(`KurrentDB: ${name} ${wrong}`)
    options.set(name, value)
  }
  return options
}
