import {
  BLOCK_REASONS,
  CALLER_MATCHES,
  CODECS,
  MENU_MOVES,
  QUEUE_STRATEGIES,
  SUSPEND_REASONS,
  TARGET_KINDS,
  TRANSPORTS,
} from '@trunkline/domain'
import type { ThingKind } from '@trunkline/provisioning-views'
import { z } from 'zod'

const whole = (description?: string) => (description === undefined ? z.int() : z.int().describe(description))
const limit = whole().nullable().describe('null for no limit')
const time = z.iso.datetime().describe('UTC')

const common = {
  id: z.string(),
  tenant: z.string().describe('SIP domain'),
  status: z.enum(['active', 'suspended', 'removed']),
  revision: whole('raised by each change; as ETag, too'),
  createdAt: time,
  updatedAt: time,
}

const target = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(TARGET_KINDS), id: z.string() }),
  z.strictObject({ kind: z.literal('dial'), name: z.string() }),
])
const menuAction = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(TARGET_KINDS), id: z.string() }),
  z.strictObject({ kind: z.literal('dial'), name: z.string() }),
  z.strictObject({ kind: z.enum(MENU_MOVES) }),
])
const rule = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('alias'),
    id: z.string(),
    pattern: z.string(),
    target: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('freeswitch') }),
      z.strictObject({ kind: z.enum(TARGET_KINDS), id: z.string() }),
      z.strictObject({ kind: z.literal('dial'), name: z.string() }),
    ]),
  }),
  z.strictObject({ kind: z.literal('local'), id: z.string() }),
  z.strictObject({
    kind: z.literal('external'),
    id: z.string(),
    prefix: z.string(),
    priority: whole(),
    strip: whole(),
    prepend: z.string(),
    trunks: z.array(z.strictObject({ trunkId: z.string(), priority: whole(), weight: whole('percent') })),
  }),
])

/** What the API shows of each kind of thing: no secret, no id of a secret, and persons in clear. */
export const THING_SCHEMAS = {
  sip_user: z.strictObject({
    ...common,
    username: z.string(),
    person: z
      .strictObject({
        displayName: z.string().nullable(),
        email: z.string().nullable(),
        phone: z.string().nullable(),
      })
      .describe('all null once the person was erased'),
    hasCredential: z.boolean().describe('false: cannot register yet'),
    limits: z.strictObject({ concurrentCalls: limit, callsPerMinute: limit }),
    aliases: z.array(z.string()),
    suspended: z.enum(SUSPEND_REASONS).nullable().describe('why; null when it is not'),
  }),
  trunk: z.strictObject({
    ...common,
    name: z.string(),
    active: z.boolean(),
    settings: z.strictObject({
      hosts: z.array(z.strictObject({ host: z.string(), port: whole() })),
      transport: z.enum(TRANSPORTS),
      registration: z.strictObject({ domain: z.string(), expiresSeconds: whole() }).nullable(),
      codecs: z.array(z.enum(CODECS)),
      limits: z.strictObject({ callsPerSecond: limit, concurrentCalls: limit }),
      allowList: z.array(z.string()),
    }),
    auth: z
      .strictObject({ username: z.string(), realm: z.string().nullable() })
      .nullable()
      .describe('null when the provider knows us by our address'),
  }),
  number: z.strictObject({ ...common, number: z.string().describe('E.164'), target: target.nullable() }),
  route_set: z.strictObject({ ...common, rules: z.array(rule) }),
  blocked_caller: z.strictObject({
    ...common,
    match: z.enum(CALLER_MATCHES),
    value: z.string(),
    reason: z.enum(BLOCK_REASONS),
    expiresAt: time.nullable(),
  }),
  conference_room: z.strictObject({
    ...common,
    number: z.string(),
    settings: z.strictObject({
      name: z.string(),
      maxMembers: whole(),
      recording: z.enum(['never', 'always', 'on_command']),
      hasPin: z.boolean(),
      hasModeratorPin: z.boolean(),
      moderators: z.array(z.string()),
      waitForModerator: z.boolean(),
    }),
  }),
  call_queue: z.strictObject({
    ...common,
    number: z.string(),
    settings: z.strictObject({
      name: z.string(),
      strategy: z.enum(QUEUE_STRATEGIES),
      music: z.string(),
      recording: z.boolean(),
      maxWaitSeconds: whole().nullable(),
      maxWaitWithNoAgentSeconds: whole().nullable(),
      ringSeconds: whole(),
      wrapUpSeconds: whole(),
      tierWaitSeconds: whole(),
      abandonedResumeSeconds: whole().nullable(),
      overflow: target.nullable(),
    }),
    agents: z.array(z.strictObject({ userId: z.string(), tier: whole(), position: whole() })),
  }),
  ivr_menu: z.strictObject({
    ...common,
    number: z.string(),
    settings: z.strictObject({
      name: z.string(),
      greeting: z.string(),
      shortGreeting: z.string().nullable(),
      entries: z.array(z.strictObject({ digits: z.string(), action: menuAction })),
      timeoutSeconds: whole(),
      interDigitMs: whole(),
      maxInvalid: whole(),
      maxTimeouts: whole(),
      onInvalid: menuAction,
      onTimeout: menuAction,
    }),
  }),
} as const satisfies Record<ThingKind, z.ZodType>
