import { MASK, maskUrls } from './mask.js'
import { FILE_SUFFIX, isSet, readSettingFiles } from './setting-files.js'
import { settings, type Setting, type SettingName } from './settings.js'

type Values = { readonly [Name in SettingName]: (typeof settings)[Name] extends Setting<infer T> ? T : never }

export type Mode = 'development' | 'production'

export interface Config {
  readonly mode: Mode
  readonly dataDir: string
  readonly host: string
  readonly port: number
  readonly trustedProxies: readonly string[]
  readonly eslSwitches: string | undefined
  readonly kamailioNodes: string | undefined
  /** Nothing real is configured: captured calls are played. */
  readonly simulated: boolean
  readonly simulatedSpeed: number
  readonly jwtSecret: string | undefined
  readonly jwksUrl: string | undefined
  readonly logLevel: Values['LOG_LEVEL']
  readonly retainMs: number
  /** Undefined: the log in `dataDir`. */
  readonly kafka: KafkaSettings | undefined
  /** Undefined: the views in `dataDir`. */
  readonly mysqlUrl: string | undefined
  /** Undefined: the event store in `dataDir`. */
  readonly kurrentdbUrl: string | undefined
  /** Undefined: objects in `dataDir`. */
  readonly s3: S3Settings | undefined
  readonly vault: VaultSettings
  /** Undefined: nothing is provisioned to Kamailio. */
  readonly kamailioDatabaseUrl: string | undefined
  readonly freeswitchSip: readonly string[]
  /** Whether trunks are gateways of FreeSWITCH. */
  readonly freeswitchGateways: boolean
  readonly xmlCurlSecret: string | undefined
  /** Whether webhooks may lead into private networks. */
  readonly webhooksPrivate: boolean
  /** host or host:port; undefined: the SIP domain of the user. */
  readonly phoneServer: string | undefined
}

export interface VaultSettings {
  /** 32 bytes; undefined when none is set. */
  readonly key: Buffer | undefined
  readonly formerKeys: readonly Buffer[]
}

export interface KafkaSettings {
  readonly brokers: string
  readonly client: Values['KAFKA_CLIENT']
  readonly topicPrefix: string | undefined
  readonly partitions: number | undefined
  readonly replication: number | undefined
}

export interface S3Settings {
  readonly endpoint: string
  readonly bucket: string
  readonly region: string
}

export type Environment = Readonly<Record<string, string | undefined>>

/** Settings are wrong; the message names every one of them and what to do. */
export class ConfigError extends Error {
  readonly code = 'CONFIG_INVALID'
  readonly retryable = false
  constructor(readonly problems: readonly string[]) {
    super(
      ['The settings are wrong:', ...problems.map((problem) => `  - ${problem}`), 'See docs/operations.md.'].join('\n'),
    )
  }
}

const DAY_MS = 86_400_000

/**
 * Reads all settings, once, at start, each from its variable or from the file that `NAME_FILE` names. An empty value
 * counts as not set. Throws {@link ConfigError}.
 */
export function loadConfig(env: Environment): Config {
  const files = readSettingFiles(env, Object.keys(settings))
  const problems = [...files.problems]
  const values: Record<string, unknown> = {}
  for (const [name, { schema }] of Object.entries(settings) as Array<[SettingName, Setting]>) {
    const parsed = schema.safeParse(valueOf(files.env, name))
    if (parsed.success) values[name] = parsed.data
    else problems.push(`${name}: ${parsed.error.issues.map(({ message }) => message).join('; ')}`)
  }
  const read = values as Values
  const mode = modeOf(read)
  const authenticates = isGiven(env, 'JWT_SECRET') || isGiven(env, 'JWT_JWKS_URL')
  if (mode === 'production' && !authenticates) {
    problems.push(
      'JWT_SECRET or JWT_JWKS_URL: one of them must be set in production; `openssl rand -base64 48` makes a secret',
    )
  }
  if (isGiven(env, 'JWT_SECRET') && isGiven(env, 'JWT_JWKS_URL')) {
    problems.push('JWT_SECRET and JWT_JWKS_URL: set one of them, not both')
  }
  if (read.S3_ENDPOINT !== undefined && read.S3_BUCKET === undefined) {
    problems.push('S3_BUCKET: must be set with S3_ENDPOINT')
  }
  if (problems.length > 0) throw new ConfigError(problems)
  return {
    mode,
    dataDir: read.DATA_DIR,
    host: read.HOST,
    port: read.PORT,
    trustedProxies: read.TRUSTED_PROXIES ?? [],
    eslSwitches: read.ESL_SWITCHES,
    kamailioNodes: read.KAMAILIO_NODES,
    simulated: read.ESL_SWITCHES === undefined && read.KAMAILIO_NODES === undefined,
    simulatedSpeed: read.SIMULATED_SPEED,
    jwtSecret: read.JWT_SECRET,
    jwksUrl: read.JWT_JWKS_URL,
    logLevel: read.LOG_LEVEL,
    retainMs: read.RETAIN_DAYS * DAY_MS,
    kafka: kafkaOf(read),
    mysqlUrl: read.MYSQL_URL,
    kurrentdbUrl: read.KURRENTDB_URL,
    s3: s3Of(read),
    vault: { key: read.VAULT_KEY, formerKeys: read.VAULT_FORMER_KEYS ?? [] },
    kamailioDatabaseUrl: read.KAMAILIO_DATABASE_URL,
    freeswitchSip: (read.FREESWITCH_SIP ?? '').split(',').flatMap((one) => one.trim() || []),
    freeswitchGateways: read.FREESWITCH_GATEWAYS === 'true',
    xmlCurlSecret: read.XML_CURL_SECRET,
    webhooksPrivate: read.WEBHOOKS_PRIVATE === undefined ? mode === 'development' : read.WEBHOOKS_PRIVATE === 'true',
    phoneServer: read.PHONE_SERVER,
  }
}

function kafkaOf(values: Values): KafkaSettings | undefined {
  if (values.KAFKA_BROKERS === undefined) return undefined
  return {
    brokers: values.KAFKA_BROKERS,
    client: values.KAFKA_CLIENT,
    topicPrefix: values.KAFKA_TOPIC_PREFIX,
    partitions: values.KAFKA_PARTITIONS,
    replication: values.KAFKA_REPLICATION,
  }
}

function s3Of({ S3_ENDPOINT: endpoint, S3_BUCKET: bucket, S3_REGION: region }: Values): S3Settings | undefined {
  if (endpoint === undefined || bucket === undefined) return undefined
  return { endpoint, bucket, region }
}

/** Whoever configures how tokens are checked means it: development, with its printed token, is never entered silently. */
function modeOf(values: Values): Mode {
  if (values.TRUNKLINE_MODE !== undefined) return values.TRUNKLINE_MODE
  if (values.NODE_ENV === 'production') return 'production'
  return values.JWT_SECRET === undefined && values.JWT_JWKS_URL === undefined ? 'development' : 'production'
}

/** Blank is not set. Secrets are taken as they are, spaces included. */
function valueOf(env: Environment, name: SettingName): string | undefined {
  const value = env[name]
  if (!isSet(value)) return undefined
  const { secret }: Setting = settings[name]
  return secret === 'all' ? value : value.trim()
}

const isGiven = (env: Environment, name: SettingName) => isSet(env[name]) || isSet(env[`${name}${FILE_SUFFIX}`])

/** What was set, for the log at start: secrets masked. Of what is in a file only the file's name is told. */
export function describeConfig(env: Environment): Record<string, string> {
  const shown: Record<string, string> = {}
  for (const [name, { secret }] of Object.entries(settings) as Array<[SettingName, Setting]>) {
    const file = env[`${name}${FILE_SUFFIX}`]
    if (isSet(file)) shown[`${name}${FILE_SUFFIX}`] = file.trim()
    const value = valueOf(env, name)
    if (value === undefined) continue
    shown[name] = secret === 'all' ? MASK : maskUrls(value)
  }
  return shown
}

export const TABLE_BEGIN = '<!-- settings: begin (generated by `npm run generate`) -->'
export const TABLE_END = '<!-- settings: end -->'

/** The table of settings for docs/operations.md, in Markdown, formatted as Prettier leaves it alone. */
export function settingsTable(): string {
  const header = ['Setting', 'Value', 'Default', 'Meaning']
  const rows = (Object.entries(settings) as Array<[SettingName, Setting]>).map(([name, setting]) => [
    `\`${name}\``,
    setting.type,
    setting.fallback,
    setting.description +
      (setting.secret === 'all' ? ' Secret.' : setting.secret === 'url' ? ' Passwords in it are masked.' : ''),
  ])
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}
