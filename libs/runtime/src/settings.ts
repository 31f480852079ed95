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

/** Settings of engines that this version does not have: named, so that nobody believes them to work. */
const notYet = (engine: string, instead: string): Setting<undefined> => ({
  type: 'text',
  schema: z
    .string()
    .optional()
    .refine(
      (value) => value === undefined,
      `not available in this version: ${engine}. Leave it out; ${instead} is used`,
    )
    .transform(() => undefined),
  fallback: '',
  description: `Reserved for ${engine}: not available in this version, and refused.`,
})

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
    description: 'Folder of the event log, the views and the spools. One process at a time.',
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
  KAFKA_BROKERS: notYet('Kafka as the event log', 'the log in DATA_DIR'),
  KURRENTDB_URL: notYet('KurrentDB as the event store', 'the embedded store'),
  MYSQL_URL: notYet('MySQL as the view store', 'the database in DATA_DIR'),
  S3_ENDPOINT: notYet('S3 as the object store', 'the folder DATA_DIR'),
  S3_BUCKET: notYet('S3 as the object store', 'the folder DATA_DIR'),
  S3_REGION: notYet('S3 as the object store', 'the folder DATA_DIR'),
} as const

export type SettingName = keyof typeof settings
