/** The one table of settings: validation, types, start-up print and the document all come from here. */
import { z } from 'zod'

export interface Setting<T = unknown> {
  /** What a value is, for the document. */
  readonly type: string
  readonly schema: z.ZodType<T, string | undefined>
  /** Shown in the document; the value itself is set by the schema. */
  readonly fallback: string
  readonly description: string
  /** `all`: never shown. `url`: shown without its credentials. */
  readonly secret?: 'all' | 'url'
}

const setting = <T>(setting: Setting<T>): Setting<T> => setting
const text = () => z.string().optional()
const whole = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(least, `must be at least ${least}`).max(most, `must be at most ${most}`))
const days = (fallback: number) =>
  z
    .string()
    .optional()
    .transform((value) => value ?? String(fallback))
    .pipe(whole(1, 36_500))

/** AES-256 takes exactly 32 bytes; text that is not a whole key is more often a mistake than a passphrase. */
const vaultKey = () =>
  z
    .string()
    .refine((value) => decodeKey(value).length === 32, 'must be 32 bytes: `openssl rand -hex 32` makes them')
    .transform(decodeKey)

function decodeKey(value: string): Buffer {
  return Buffer.from(value, /^[0-9a-f]{64}$/i.test(value) ? 'hex' : 'base64')
}

export const settings = {
  TRUNKLINE_MODE: setting({
    type: '`development` or `production`',
    schema: z.enum(['development', 'production'], 'must be development or production').optional(),
    fallback: 'see description',
    description:
      'In production there must be `JWT_SECRET` or `JWT_JWKS_URL`, and no token is printed. Production when `NODE_ENV` is `production`, or when `JWT_SECRET` or `JWT_JWKS_URL` is set; else development.',
  }),
  NODE_ENV: setting({
    type: 'text',
    schema: text(),
    fallback: '',
    description: '`production` sets the mode, unless `TRUNKLINE_MODE` does.',
  }),
  DATA_DIR: setting({
    type: 'path',
    schema: z.string().default('data'),
    fallback: '`data`',
    description:
      'Folder of the event log and the views, unless they are in Kafka and MySQL, and of what waits on disk. See `One process or several`.',
  }),
  HOST: setting({
    type: 'address',
    schema: z.string().default('127.0.0.1'),
    fallback: '`127.0.0.1`',
    description: 'Address that HTTP listens on.',
  }),
  PORT: setting({
    type: 'port',
    schema: z.string().default('4000').pipe(whole(0, 65_535)),
    fallback: '`4000`',
    description: 'Port that HTTP listens on; 0 takes a free one.',
  }),
  TRUSTED_PROXIES: setting({
    type: 'list',
    schema: z
      .string()
      .transform((value) => value.split(',').map((one) => one.trim()))
      .pipe(
        z.array(
          z
            .string()
            .regex(
              /^(loopback|linklocal|uniquelocal|[0-9a-fA-F.:]+(\/\d{1,3})?)$/,
              'must be addresses, or subnets such as 10.0.0.0/8',
            ),
        ),
      )
      .optional(),
    fallback: 'none',
    description:
      'Reverse proxies whose `X-Forwarded-For` is believed: addresses, subnets, or `loopback`. Limits count by the address of the client; behind a proxy that is not named here all clients are one.',
  }),
  ESL_SWITCHES: setting({
    type: 'list',
    schema: text(),
    fallback: '',
    description: 'FreeSWITCH nodes: `name=esl://:password@host:8021`, separated by commas.',
    secret: 'url',
  }),
  KAMAILIO_NODES: setting({
    type: 'list',
    schema: text(),
    fallback: '',
    description:
      'Kamailio nodes: `name=redis://host:6379/stream?rpc=http://host:5060/RPC`, separated by commas. With neither this nor `ESL_SWITCHES`, a simulated switch plays captured calls.',
    secret: 'url',
  }),
  SIMULATED_SPEED: setting({
    type: 'number',
    schema: z
      .string()
      .default('1')
      .transform(Number)
      .pipe(z.number('must be a number').gt(0, 'must be above 0').max(10_000, 'must be at most 10000')),
    fallback: '`1`',
    description: 'How many times faster than in life the simulated switch plays.',
  }),
  JWT_SECRET: setting({
    type: 'text, 32 characters or more',
    schema: z.string().min(32, 'must have at least 32 characters').optional(),
    fallback: 'random in development, kept in `DATA_DIR`',
    description: 'Secret that signs tokens (HS256).',
    secret: 'all',
  }),
  JWT_JWKS_URL: setting({
    type: 'URL',
    schema: z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).optional(),
    fallback: '',
    description: 'Where the public keys of your token issuer are. Used instead of `JWT_SECRET`.',
    secret: 'url',
  }),
  LOG_LEVEL: setting({
    type: '`trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`',
    schema: z
      .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], 'must be a level of the list')
      .default('info'),
    fallback: '`info`',
    description: 'Least severe level that is logged.',
  }),
  RETAIN_DAYS: setting({
    type: 'whole number',
    schema: days(90),
    fallback: '`90`',
    description: 'Days that records stay in the event log. A view can only be rebuilt from records that are there.',
  }),
  KAFKA_BROKERS: setting({
    type: 'list',
    schema: text(),
    fallback: 'the log in `DATA_DIR`',
    description:
      'Kafka as the event log: `host:9092,host:9092`, or `kafka://user:password@host:9092,host:9092?ssl=true&mechanism=scram-sha-512`.',
    secret: 'url',
  }),
  KAFKA_CLIENT: setting({
    type: '`platformatic` or `kafkajs`',
    schema: z.enum(['platformatic', 'kafkajs'], 'must be platformatic or kafkajs').default('platformatic'),
    fallback: '`platformatic`',
    description: 'Client library that speaks to Kafka.',
  }),
  KAFKA_TOPIC_PREFIX: setting({
    type: 'text',
    schema: z
      .string()
      .regex(/^[a-zA-Z0-9._-]{1,100}$/, 'must be letters, digits, `.`, `_`, `-`')
      .optional(),
    fallback: '',
    description: 'Stands before the names of all topics, for several deployments on one cluster.',
  }),
  KAFKA_PARTITIONS: setting({
    type: 'whole number',
    schema: z.string().pipe(whole(1, 1000)).optional(),
    fallback: '12 for facts, 24 for calls and for presence',
    description:
      'Partitions of topics that do not exist yet; that of provisioning has 1, which keeps all of it in order. An existing topic keeps its number.',
  }),
  KAFKA_REPLICATION: setting({
    type: 'whole number',
    schema: z.string().pipe(whole(1, 9)).optional(),
    fallback: 'what the brokers have as default',
    description: 'Copies of topics that do not exist yet; all but one must take a record before it counts as written.',
  }),
  MYSQL_URL: setting({
    type: 'URL',
    schema: text(),
    fallback: 'the views in `DATA_DIR`',
    description: 'MySQL 8 or MariaDB 10.6 and later as the view store: `mysql://user:password@host:3306/database`.',
    secret: 'url',
  }),
  KURRENTDB_URL: setting({
    type: 'URL',
    schema: text(),
    fallback: 'the event store in `DATA_DIR`',
    description: 'KurrentDB as the event store: `kurrentdb://user:password@host:2113?tls=true`.',
    secret: 'url',
  }),
  S3_ENDPOINT: setting({
    type: 'URL',
    schema: z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).optional(),
    fallback: 'objects in `DATA_DIR`',
    description:
      'S3 as the object store; needs `S3_BUCKET`. Credentials come as the AWS SDK takes them (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, …).',
    secret: 'url',
  }),
  S3_BUCKET: setting({ type: 'text', schema: text(), fallback: '', description: 'Bucket that the objects go to.' }),
  S3_REGION: setting({
    type: 'text',
    schema: z.string().default('us-east-1'),
    fallback: '`us-east-1`',
    description: 'Region that requests are signed for.',
  }),
  VAULT_KEY: setting({
    type: '32 bytes as 64 hexadecimal digits or 43 letters of Base64',
    schema: vaultKey().optional(),
    fallback: 'random in development, kept in `DATA_DIR`',
    description:
      'Key that seals secrets and personal data at rest. Without it commands are refused in production. Whoever loses it loses all credentials.',
    secret: 'all',
  }),
  VAULT_FORMER_KEYS: setting({
    type: 'list',
    schema: z
      .string()
      .transform((value) => value.split(',').map((key) => key.trim()))
      .pipe(z.array(vaultKey()))
      .optional(),
    fallback: '',
    description: 'Keys that `VAULT_KEY` took the place of: what they sealed can still be read.',
    secret: 'all',
  }),
  KAMAILIO_DATABASE_URL: setting({
    type: 'URL',
    schema: text(),
    fallback: '',
    description:
      "Kamailio's own database, which provisioning writes: `mysql://user:password@host:3306/kamailio`. Changes take effect at the nodes of `KAMAILIO_NODES` that have an `rpc` address.",
    secret: 'url',
  }),
  FREESWITCH_SIP: setting({
    type: 'list',
    schema: text(),
    fallback: '',
    description: 'SIP addresses of FreeSWITCH that Kamailio sends calls to: `sip:10.0.0.5:5080`, separated by commas.',
  }),
  FREESWITCH_GATEWAYS: setting({
    type: '`true` or `false`',
    schema: z.enum(['true', 'false'], 'must be true or false').default('false'),
    fallback: '`false`',
    description:
      "Whether FreeSWITCH is given a gateway for each active trunk, which registers there. Trunks are Kamailio's otherwise; set it only where Kamailio is not provisioned, or both register.",
  }),
  XML_CURL_SECRET: setting({
    type: 'text, 16 characters or more',
    schema: z.string().min(16, 'must have at least 16 characters').optional(),
    fallback: '',
    description:
      'Password of user `freeswitch` for the documents that mod_xml_curl fetches from the provisioner. Without it they are not served.',
    secret: 'all',
  }),
  WEBHOOKS_PRIVATE: setting({
    type: '`true` or `false`',
    schema: z.enum(['true', 'false'], 'must be true or false').optional(),
    fallback: '`true` in development, else `false`',
    description:
      'Whether webhooks may use http and lead to private addresses. Where operators of tenants are not trusted with your network, leave it false.',
  }),
  PHONE_SERVER: setting({
    type: '`host[:port]`',
    schema: z
      .string()
      .regex(/^[a-zA-Z0-9.-]+(:\d{1,5})?$|^\[[0-9a-fA-F:.]+\](:\d{1,5})?$/, 'must be host or host:port')
      .optional(),
    fallback: 'the SIP domain of the user',
    description: 'Address that phones register at, for their set-up guides.',
  }),
} as const

export type SettingName = keyof typeof settings
