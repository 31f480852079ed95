/** A broker that wants TLS and to know who we are. */
import { execFileSync } from 'node:child_process'
import { pbkdf2Sync, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { alterUserScramCredentialsV0, Connection } from '@platformatic/kafka'
import { openKafkaEventLog, parseKafkaBrokers } from '@trunkline/kafka'
import { readAll, sampleRecord } from '@trunkline/ports/contract'
import { KafkaBroker } from '../support/kafka-broker.js'

const LOGIN = 'org.apache.kafka.common.security'
const SCRAM_ITERATIONS = 4096
/** By RFC 5802 as Kafka numbers it. */
const SCRAM_SHA_512 = 2

describe('a broker with TLS and SASL', () => {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-kafka-tls-'))
  let broker: KafkaBroker
  let ca: string

  beforeAll(async () => {
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
    const subject = ['-subj', '/CN=broker', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost']
    const files = ['-keyout', key, '-out', certificate]
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject, ...files], {
      stdio: 'ignore',
    })
    ca = readFileSync(certificate, 'utf8')
    const oneLine = (text: string) => text.trim().replaceAll('\n', '\\n')
    const users = 'username="broker" password="b" user_broker="b" user_trunkline="hush@hush"'
    broker = await KafkaBroker.start({
      settings: {
        listeners: 'SASL_SSL://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controllerPort}',
        'advertised.listeners': 'SASL_SSL://127.0.0.1:{port}',
        'listener.security.protocol.map': 'SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT',
        'inter.broker.listener.name': 'SASL_SSL',
        'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-512',
        'sasl.mechanism.inter.broker.protocol': 'PLAIN',
        'listener.name.sasl_ssl.plain.sasl.jaas.config': `${LOGIN}.plain.PlainLoginModule required ${users};`,
        'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config': `${LOGIN}.scram.ScramLoginModule required;`,
        'ssl.keystore.type': 'PEM',
        'ssl.truststore.type': 'PEM',
        'ssl.truststore.certificates': oneLine(ca),
        'ssl.keystore.certificate.chain': oneLine(ca),
        'ssl.keystore.key': oneLine(readFileSync(key, 'utf8')),
      },
    })
    const connection = new Connection('test', {
      tls: { ca },
      sasl: { mechanism: 'PLAIN', username: 'trunkline', password: 'hush@hush' },
    })
    await connection.connect('127.0.0.1', broker.port)
    const salt = randomBytes(16)
    const saltedPassword = pbkdf2Sync('quiet:ly', salt, SCRAM_ITERATIONS, 64, 'sha512')
    const user = { name: 'scrammer', mechanism: SCRAM_SHA_512, iterations: SCRAM_ITERATIONS, salt, saltedPassword }
    await alterUserScramCredentialsV0.api.async(connection, [], [user])
    await connection.close()
  })
  afterAll(async () => {
    await broker.dispose()
    rmSync(folder, { recursive: true, force: true })
  })

  describe.each(['platformatic', 'kafkajs'] as const)('by %s', (client) => {
    const open = (who: string, mechanism: string, timeoutMs = 10_000) => {
      const connection = parseKafkaBrokers(`kafka://${who}@${broker.address}?ssl=true&mechanism=${mechanism}`)
      const topics = { partitions: 1 }
      return openKafkaEventLog({ ...connection, tls: { ca }, client, prefix: `${client}.`, topics, timeoutMs })
    }

    it('serves who has the right password, in either way', async () => {
      const plain = open('trunkline:hush%40hush', 'plain')
      const scram = open('scrammer:quiet%3Aly', 'scram-sha-512')
      await plain.append('secured', [sampleRecord('a')])
      await scram.append('secured', [sampleRecord('b')])
      expect((await readAll(plain, 'secured')).map(({ id }) => id)).toEqual(['a', 'b'])
      await Promise.all([plain.close(), scram.close()])
    })

    it('refuses a wrong password, as a trouble that may pass, and without trying it over and over', async () => {
      const log = open('trunkline:wrong', 'plain', 40_000)
      const started = performance.now()
      await expect(log.append('secured', [sampleRecord('x')])).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' })
      expect(performance.now() - started).toBeLessThan(20_000)
      await log.close()
    })

    it('is not talked to when its certificate is not trusted', async () => {
      const connection = parseKafkaBrokers(`kafka://trunkline:hush%40hush@${broker.address}?ssl=true&mechanism=plain`)
      const log = openKafkaEventLog({ ...connection, client, timeoutMs: 500 })
      await expect(log.append('secured', [sampleRecord('x')])).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' })
      await log.close()
    })
  })
})
