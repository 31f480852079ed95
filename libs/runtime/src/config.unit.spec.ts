import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import {
  ConfigError,
  describeConfig,
  loadConfig,
  settingsTable,
  TABLE_BEGIN,
  TABLE_END,
  type Environment,
} from './config.js'
import { settings } from './settings.js'

const secret = 'a secret of more than 32 characters'

function problemsOf(env: Environment): readonly string[] {
  try {
    loadConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

describe('configuration', () => {
  it('is complete with nothing set: development, simulated, on the loopback address', () => {
    expect(loadConfig({})).toEqual({
      mode: 'development',
      dataDir: 'data',
      host: '127.0.0.1',
      port: 4000,
      eslSwitches: undefined,
      kamailioNodes: undefined,
      simulated: true,
      simulatedSpeed: 1,
      jwtSecret: undefined,
      jwksUrl: undefined,
      logLevel: 'info',
      retainMs: 90 * 86_400_000,
      kafka: undefined,
      mysqlUrl: undefined,
      kurrentdbUrl: undefined,
      s3: undefined,
      trustedProxies: [],
      vault: { key: undefined, formerKeys: [] },
      kamailioDatabaseUrl: undefined,
      freeswitchSip: [],
      freeswitchGateways: false,
      xmlCurlSecret: undefined,
      webhooksPrivate: true,
      phoneServer: undefined,
    })
  })

  it('takes keys of the vault as hexadecimal digits or Base64, and nothing shorter', () => {
    const key = '0f'.repeat(32)
    expect(loadConfig({ VAULT_KEY: key }).vault.key).toEqual(Buffer.from(key, 'hex'))
    expect(loadConfig({ VAULT_KEY: Buffer.from(key, 'hex').toString('base64') }).vault.key).toHaveLength(32)
    expect(loadConfig({ VAULT_FORMER_KEYS: `${key}, ${key}` }).vault.formerKeys).toHaveLength(2)
    expect(problemsOf({ VAULT_KEY: 'a passphrase', VAULT_FORMER_KEYS: `${key},short` })).toHaveLength(2)
    expect(problemsOf({ VAULT_KEY: 'hunter2' })[0]).not.toContain('hunter2')
  })

  it('believes only named proxies, and refuses what is no address', () => {
    expect(loadConfig({ TRUSTED_PROXIES: '10.0.0.1, fd00::/8,loopback' }).trustedProxies).toHaveLength(3)
    expect(problemsOf({ TRUSTED_PROXIES: 'everybody' })).toHaveLength(1)
  })

  it('takes blank values as not set, and spaces around others away, but not from a secret', () => {
    expect(loadConfig({ PORT: ' ', HOST: ' ::1 ', JWT_SECRET: ` ${secret} ` })).toMatchObject({
      port: 4000,
      host: '::1',
      jwtSecret: ` ${secret} `,
    })
  })

  it('refuses production without a way to check tokens', () => {
    expect(problemsOf({ NODE_ENV: 'production' })).toEqual([expect.stringContaining('JWT_SECRET or JWT_JWKS_URL')])
    expect(problemsOf({ TRUNKLINE_MODE: 'production' })).toHaveLength(1)
    expect(loadConfig({ NODE_ENV: 'production', JWT_SECRET: secret }).mode).toBe('production')
  })

  it('is in production as soon as tokens are configured, unless told otherwise', () => {
    expect(loadConfig({ JWT_SECRET: secret }).mode).toBe('production')
    expect(loadConfig({ JWT_JWKS_URL: 'https://id.example.org/keys' }).mode).toBe('production')
    expect(loadConfig({ JWT_SECRET: secret, TRUNKLINE_MODE: 'development' }).mode).toBe('development')
  })

  it('names every wrong setting in one go, and never shows a secret', () => {
    const problems = problemsOf({ PORT: '70000', LOG_LEVEL: 'loud', SIMULATED_SPEED: 'fast', JWT_SECRET: 'short' })
    expect(problems.map((problem) => problem.split(':')[0])).toEqual([
      'PORT',
      'SIMULATED_SPEED',
      'JWT_SECRET',
      'LOG_LEVEL',
    ])
    expect(problems.join()).not.toContain('short;')
    expect(problems.join()).toContain('at least 32 characters')
  })

  it('takes the engines when they are set', () => {
    const config = loadConfig({
      KAFKA_BROKERS: 'k1:9092,k2:9092',
      KAFKA_REPLICATION: '2',
      MYSQL_URL: 'mysql://u:p@db/trunkline',
      KURRENTDB_URL: 'kurrentdb://es:2113',
      S3_ENDPOINT: 'http://s3:3900',
      S3_BUCKET: 'recordings',
    })
    expect(config).toMatchObject({
      kafka: {
        brokers: 'k1:9092,k2:9092',
        client: 'platformatic',
        topicPrefix: undefined,
        partitions: undefined,
        replication: 2,
      },
      mysqlUrl: 'mysql://u:p@db/trunkline',
      kurrentdbUrl: 'kurrentdb://es:2113',
      s3: { endpoint: 'http://s3:3900', bucket: 'recordings', region: 'us-east-1' },
    })
  })

  it('refuses engine settings that cannot be meant', () => {
    const problems = problemsOf({
      S3_ENDPOINT: 'http://s3:3900',
      KAFKA_CLIENT: 'librdkafka',
      KAFKA_PARTITIONS: '0',
      KAFKA_TOPIC_PREFIX: 'a b',
    })
    expect(problems.map((problem) => problem.split(':')[0]).sort()).toEqual([
      'KAFKA_CLIENT',
      'KAFKA_PARTITIONS',
      'KAFKA_TOPIC_PREFIX',
      'S3_BUCKET',
    ])
  })

  it('shows what was set with secrets masked', () => {
    const shown = describeConfig({
      JWT_SECRET: secret,
      ESL_SWITCHES: 'a=esl://:ClueCon@10.0.0.5:8021,b=esl://user:p%40ss@pbx:8021?cdr=/var/cdr',
      KAMAILIO_NODES: 'k=redis://:pw@10.0.0.4:6379/kam:events?rpc=http://u:p@10.0.0.4:5060/RPC&token=abc',
      MYSQL_URL: 'mysql://root:hunter2@db:3306/trunkline',
      KAFKA_BROKERS: 'kafka://user:hunter2@k1:9092,k2:9092?ssl=true',
      PORT: '80',
    })
    expect(shown).toEqual({
      JWT_SECRET: '***',
      ESL_SWITCHES: 'a=esl://***@10.0.0.5:8021,b=esl://***@pbx:8021?cdr=/var/cdr',
      KAMAILIO_NODES: 'k=redis://***@10.0.0.4:6379/kam:events?rpc=http://***@10.0.0.4:5060/RPC&token=***',
      MYSQL_URL: 'mysql://***@db:3306/trunkline',
      KAFKA_BROKERS: 'kafka://***@k1:9092,k2:9092?ssl=true',
      PORT: '80',
    })
  })

  it('is documented in docs/operations.md exactly as the code has it', () => {
    const document = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8')
    const [, rest = ''] = document.split(TABLE_BEGIN)
    const [table = ''] = rest.split(TABLE_END)
    expect(table.trim()).toBe(settingsTable())
    for (const name of Object.keys(settings)) expect(document).toContain(`\`${name}\``)
  })
})
