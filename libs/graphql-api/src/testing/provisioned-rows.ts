/** Rows of what is provisioned, the same for the same number: as the projection of events and the provisioner write them. */
import type { Row, TableDefinition } from '@trunkline/ports'
import {
  auditTable,
  provisionedNamesTable,
  provisionedTable,
  provisionedUsesTable,
  provisioningItemsTable,
  type ThingKind,
} from '@trunkline/provisioning-views'
import { A, START } from './sample-calls.js'

const every = (i: number, n: number) => i % n === 0
const NOBODY = { displayName: null, email: null, phone: null }
const SEALED = { displayName: { keyId: 'k', text: 'v1.sealed' }, email: null, phone: null }
const KINDS = ['trunk', 'number', 'blocked_caller', 'conference_room', 'call_queue', 'ivr_menu'] as const

export const userId = (i: number) => `u${i}`
/** A thing of each kind that belongs to tenant A and is there. */
export const SAMPLE = {
  sip_user: userId(7),
  trunk: 'x11',
  number: 'x12',
  blocked_caller: 'x13',
  conference_room: 'x14',
  call_queue: 'x15',
  ivr_menu: 'x16',
} as const

interface Sample {
  readonly kind: ThingKind
  readonly id: string
  readonly tenant: string
  readonly name: string
  readonly status: string
  readonly document: unknown
}

/** Of eleven things five are users; alice is the first of them. Some have been removed, some are suspended. */
function thingOf(i: number, tenant: string): Sample {
  const status = every(i, 23) ? 'removed' : 'active'
  const kind = KINDS[i % 11]
  if (i === 1) {
    const rules = [{ kind: 'alias', id: 'r1', pattern: 'x[0-9]', target: { kind: 'freeswitch' } }]
    return { kind: 'route_set', id: A, tenant: A, name: A, status: 'active', document: { rules } }
  }
  if (kind !== undefined) return { ...serviceOf(kind, i), id: `x${i}`, tenant: i < 20 ? A : tenant, status }
  const username = i === 7 ? 'alice' : `User${i}`
  const limits = { concurrentCalls: i % 4, callsPerMinute: null }
  const suspended = every(i, 39) ? 'fraud' : null
  const document = { username, person: every(i, 2) ? SEALED : NOBODY, credential: null, limits, aliases: [], suspended }
  const name = username.toLowerCase()
  const state = suspended === null ? status : 'suspended'
  return { kind: 'sip_user', id: userId(i), tenant: i === 7 ? A : tenant, name, status: state, document }
}

function serviceOf(kind: (typeof KINDS)[number], i: number): Pick<Sample, 'kind' | 'name' | 'document'> {
  const number = String(100_000 + i)
  switch (kind) {
    case 'trunk': {
      const limits = { callsPerSecond: null, concurrentCalls: 5 }
      const hosts = [{ host: 'sip.carrier.example', port: 5060 }]
      const settings = { hosts, transport: 'udp', registration: null, codecs: ['PCMA'], limits, allowList: [] }
      const name = every(i, 2) ? `carrier2` : `Carrier${i}`
      return { kind, name: name.toLowerCase(), document: { name, settings, auth: null, active: true } }
    }
    case 'number':
      return { kind, name: `+49${number}`, document: { number: `+49${number}`, target: { kind: 'user', id: 'u7' } } }
    case 'blocked_caller': {
      const document = { match: 'exact', value: `+44${number}`, reason: 'spam', expiresAt: null }
      return { kind, name: `+44${number}`, document }
    }
    case 'conference_room': {
      const pins = { pinSecretId: 'secret-of-a-pin', moderatorPinSecretId: null }
      const rest = { maxMembers: 5, recording: 'never', moderators: ['u7'], waitForModerator: false }
      return { kind, name: number, document: { number, settings: { name: `Room ${i}`, ...pins, ...rest } } }
    }
    case 'call_queue': {
      const waits = { maxWaitSeconds: null, maxWaitWithNoAgentSeconds: null, abandonedResumeSeconds: null }
      const times = { ringSeconds: 20, wrapUpSeconds: 10, tierWaitSeconds: 0 }
      const rest = { strategy: 'ring-all', music: 'moh', recording: false, overflow: null }
      const settings = { name: `Queue ${i}`, ...waits, ...times, ...rest }
      return { kind, name: number, document: { number, settings, agents: [{ userId: 'u7', tier: 1, position: 1 }] } }
    }
    case 'ivr_menu': {
      const action = { kind: 'hang_up' }
      const entries = [{ digits: '1', action: { kind: 'user', id: 'u7' } }]
      const waits = { timeoutSeconds: 5, interDigitMs: 2000, maxInvalid: 3, maxTimeouts: 3 }
      const sounds = { greeting: 'hello.wav', shortGreeting: null }
      const settings = { name: `Menu ${i}`, ...sounds, entries, ...waits, onInvalid: action, onTimeout: action }
      return { kind, name: number, document: { number, settings } }
    }
  }
}

const position = (i: number) => String(i).padStart(16, '0')
const streamOf = ({ kind, id }: Sample) => `${kind}-${id}`
const isUser = (i: number) => i > 5 && KINDS[i % 11] === undefined

/** Each table, and its row for a number and a tenant. */
export const PROVISIONED: readonly [TableDefinition, (i: number, tenant: string) => Row | undefined][] = [
  [
    provisionedTable,
    (i, of) => {
      const { document, ...thing } = thingOf(i, of)
      const at = { created_at: START + i, updated_at: START + 2 * i }
      return { ...thing, ...at, revision: i % 5, position: position(i), document: JSON.stringify(document) }
    },
  ],
  [
    provisionedNamesTable,
    (i, of) => {
      const { kind, id, tenant, name, status } = thingOf(i, of)
      if (status === 'removed' || ['trunk', 'blocked_caller', 'route_set'].includes(kind)) return undefined
      return { tenant: kind === 'number' ? '*' : tenant, name, kind, id }
    },
  ],
  [
    provisionedUsesTable,
    (i, of) => {
      const thing = thingOf(i, of)
      // one number in fifty leads to alice, the others to users of their own
      const ofAlice = i < 20 || every(i - 1, 550)
      if (!['number', 'conference_room', 'call_queue', 'ivr_menu'].includes(thing.kind)) return undefined
      return { used_kind: 'sip_user', used_id: ofAlice ? 'u7' : userId(i), by_stream: streamOf(thing) }
    },
  ],
  [
    auditTable,
    (i, of) => ({
      position: position(i),
      at: START + Math.floor(i / 3) * 100,
      tenant: thingOf(i, of).tenant,
      actor: every(i, 40) ? 'olga' : `admin${i % 5}`,
      type: 'sip_user.created',
      stream: streamOf(thingOf(every(i, 400) ? 7 : i, of)),
      revision: i % 5,
      command_id: `c${i}`,
      correlation_id: '',
      summary: JSON.stringify({ username: `user${i}` }),
    }),
  ],
  [
    provisioningItemsTable,
    (i, of) => {
      const { kind, id, tenant, name } = thingOf(i, of)
      const state = every(i, 90) ? 'failed' : i % 90 === 7 ? 'pending' : 'applied'
      return {
        target: every(i, 2) || isUser(i) ? 'kamailio' : 'freeswitch:pbx1',
        ...{ kind, id, tenant, name, state },
        wanted_revision: i % 5,
        applied_revision: state === 'applied' ? i % 5 : null,
        reason: state === 'failed' ? 'away' : null,
        attempts: state === 'failed' ? 3 : 0,
        changed_at: START + i,
        position: position(i),
      }
    },
  ],
]
