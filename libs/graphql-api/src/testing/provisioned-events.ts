/** Events of one thing of each kind, and of users of two tenants, as commands would have them appended. */
import { randomUUID } from 'node:crypto'
import type { EventStore, NewEvent } from '@trunkline/ports'
import type { Vault } from '@trunkline/vault'
import { A, B, START } from './sample-calls.js'

export const SECRET_ID = 'dddddddd-0000-4000-8000-000000000001'
export const PIN_ID = 'dddddddd-0000-4000-8000-000000000002'
const limits = { concurrentCalls: 3, callsPerMinute: null }

/** Ids of what {@link appendSamples} appends. */
export const IDS = {
  alice: randomUUID(),
  bob: randomUUID(),
  eve: randomUUID(),
  trunk: randomUUID(),
  number: randomUUID(),
  room: randomUUID(),
  queue: randomUUID(),
  menu: randomUUID(),
} as const

export const event = (type: string, data: object, actor = 'olga'): NewEvent => ({
  id: randomUUID(),
  type,
  version: 1,
  time: START * 1000,
  data,
  meta: { actor, commandId: randomUUID() },
})
export const user = (id: string, tenant: string, username: string) => ({ id, tenant, username })
async function created(vault: Vault, { id, tenant, username }: ReturnType<typeof user>): Promise<NewEvent> {
  const displayName = await vault.seal(id, `Name of ${username}`)
  const person = { displayName, email: await vault.seal(id, `${username}@mail.example`), phone: null }
  const credential = { secretId: SECRET_ID, credentialVersion: 1 }
  const claimId = randomUUID()
  const aliases = username === 'Alice' ? ['boss'] : []
  return event('sip_user.created', { ...user(id, tenant, username), person, credential, limits, aliases, claimId })
}

/** Alice and bob, who is suspended, and all else in tenant A; eve in tenant B. Thirteen events of A. */
export async function appendSamples(events: EventStore, vault: Vault): Promise<void> {
  const { alice, bob, eve, trunk, number, room, queue, menu } = IDS
  const hosts = [{ host: 'sip.carrier.example', port: 5060 }]
  const trunkLimits = { callsPerSecond: null, concurrentCalls: null }
  const settings = {
    hosts,
    transport: 'udp',
    registration: null,
    codecs: ['PCMA'],
    limits: trunkLimits,
    allowList: [],
  }
  const auth = { username: '4930', realm: null, credential: { secretId: SECRET_ID, credentialVersion: 1 } }
  const claimId = randomUUID()
  const pins = { pinSecretId: PIN_ID, moderatorPinSecretId: null }
  const roomSettings = {
    name: 'Board',
    maxMembers: 5,
    recording: 'never',
    moderators: [alice],
    waitForModerator: false,
  }
  const target = { kind: 'user', id: alice }
  const external = { kind: 'external', id: 'r2', prefix: '+', priority: 0, strip: 1, prepend: '00' }
  const rules = [
    { kind: 'alias', id: 'r1', pattern: 'x[0-9]', target: { kind: 'freeswitch' } },
    { ...external, trunks: [{ trunkId: trunk, priority: 0, weight: 100 }] },
  ]
  const menuSettings = {
    ...{ name: 'Main', greeting: 'hi.wav', shortGreeting: null, timeoutSeconds: 5, interDigitMs: 2000 },
    ...{ maxInvalid: 3, maxTimeouts: 3, onInvalid: { kind: 'hang_up' }, onTimeout: { kind: 'dial', name: 'alice' } },
    entries: [{ digits: '1', action: target }],
  }
  const queueSettings = {
    ...{ name: 'Help', strategy: 'ring-all', music: 'moh', recording: false, maxWaitSeconds: 60, overflow: target },
    ...{ maxWaitWithNoAgentSeconds: null, ringSeconds: 20, wrapUpSeconds: 1, tierWaitSeconds: 0 },
    abandonedResumeSeconds: null,
  }
  const of = (id: string, number: string) => ({ id, tenant: A, number })
  const caller = { tenant: A, match: 'exact', value: '+4477' }
  const append = (stream: string, ...list: NewEvent[]) => events.append(stream, 'none', list)
  await append(`sip_user-${alice}`, await created(vault, user(alice, A, 'Alice')))
  await append(
    `sip_user-${bob}`,
    await created(vault, user(bob, A, 'bob')),
    event('sip_user.suspended', { ...user(bob, A, 'bob'), reason: 'fraud' }, 'mallory'),
  )
  await append(`sip_user-${eve}`, await created(vault, user(eve, B, 'eve')))
  await append(
    `trunk-${trunk}`,
    event('trunk.created', { id: trunk, tenant: A, name: 'Carrier', settings, auth, claimId }),
    event('trunk.activated', { id: trunk, tenant: A, name: 'Carrier' }),
  )
  await append(
    `number-${number}`,
    event('number.added', { ...of(number, '+49301'), claimId }),
    event('number.assigned', { ...of(number, '+49301'), target }),
  )
  await append(`route_set-${A}`, event('route_set.replaced', { tenant: A, rules }))
  await append(
    `blocked_caller-${A}/exact/+4477`,
    event('blocked_caller.blocked', { ...caller, reason: 'spam', expiresAt: 4_000_000_000_000_000 }),
  )
  await append(
    `conference_room-${room}`,
    event('conference_room.created', { ...of(room, '8000'), settings: { ...roomSettings, ...pins }, claimId }),
  )
  await append(
    `call_queue-${queue}`,
    event('call_queue.created', { ...of(queue, '7000'), settings: queueSettings, claimId }),
    event('call_queue.agent_added', { ...of(queue, '7000'), agent: { userId: alice, tier: 1, position: 1 } }),
  )
  await append(`ivr_menu-${menu}`, event('ivr_menu.created', { ...of(menu, '6000'), settings: menuSettings, claimId }))
}
