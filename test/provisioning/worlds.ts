/** For each aggregate a way to make up commands: few ids and values, so that commands meet each other. */
import fc from 'fast-check'
import {
  blockedCallerDecider,
  callQueueDecider,
  conferenceRoomDecider,
  ivrMenuDecider,
  numberDecider,
  reservationDecider,
  routeSetDecider,
  sipUserDecider,
  trunkDecider,
  type Decider,
  type RouteRule,
} from '@trunkline/domain'
import * as sample from '../../libs/domain/src/provisioning/testing/samples.js'

export interface StoredShape {
  readonly type: string
  readonly version: number
  readonly data: unknown
}

type AnyDecider = Decider<{ kind: string }, { type: string }, StoredShape>

export interface World {
  readonly name: string
  readonly decider: AnyDecider
  readonly commands: fc.Arbitrary<{ type: string }>
}

const { uuid, tenant, known, sealed } = sample
const id = (from: number, to: number) => fc.integer({ min: from, max: to }).map(uuid)
const commandId = id(1000, 1006)
const small = fc.constantFrom<number | null>(null, 1, 3, 0, 100_001)

/** Commands of one type: the given parts beside address and type. */
function of<T extends string>(type: T, aggregate: number, parts: Record<string, fc.Arbitrary<unknown>> = {}) {
  return fc.record({ type: fc.constant(type), id: fc.constant(uuid(aggregate)), commandId, ...parts })
}

const some = (parts: Record<string, fc.Arbitrary<unknown>>) => fc.record(parts, { requiredKeys: [] })
const credential = fc.record({ secretId: id(900, 904), credentialVersion: fc.integer({ min: 0, max: 4 }) })
const seal = fc.constantFrom(null, sealed('one'), sealed('two'), { keyId: 'k', text: 'clear text' })
const name = fc.constantFrom('alice', 'Alice', 'bob', 'care4w-1000001', 'no good')
const knowledge = fc.constantFrom(known, known.slice(2), [])
const usedBy = fc.constantFrom([], ['number-1'])

const user: World = {
  name: 'sip_user',
  decider: sipUserDecider as unknown as AnyDecider,
  commands: fc.oneof(
    fc.constant(sample.createUser),
    of('CreateSipUser', 1, {
      tenant: fc.constant(tenant),
      username: name,
      credential: fc.option(credential),
      aliases: fc.array(name, { maxLength: 3 }),
    }),
    of('UpdateSipUser', 1, { person: some({ displayName: seal, email: seal, phone: seal }) }),
    of('SuspendSipUser', 1, { reason: fc.constantFrom('fraud', 'payment', 'mood') }),
    of('ResumeSipUser', 1),
    of('RemoveSipUser', 1, { usedBy }),
    of('SetSipUserCredential', 1, { credential }),
    of('RotateSipUserCredential', 1, { credential }),
    of('UnlockSipUser', 1, { source: fc.constantFrom(null, '192.0.2.1', 'x') }),
    of('SetSipUserLimits', 1, { limits: some({ concurrentCalls: small, callsPerMinute: small }) }),
    of('AddSipUserAlias', 1, { alias: name }),
    of('RemoveSipUserAlias', 1, { alias: name }),
  ),
}

const trunkSettings = some({
  transport: fc.constantFrom('udp', 'tls', 'pigeon'),
  registration: fc.constantFrom(null, sample.createTrunk.settings.registration),
  allowList: fc.constantFrom([], ['192.0.2.0/24'], ['0.0.0.0/0']),
  limits: fc.record({ callsPerSecond: small, concurrentCalls: small }),
})
const trunk: World = {
  name: 'trunk',
  decider: trunkDecider as unknown as AnyDecider,
  commands: fc.oneof(
    fc.constant(sample.createTrunk),
    of('UpdateTrunk', 20, { settings: trunkSettings }),
    of('SetTrunkCredential', 20, {
      auth: fc.option(fc.record({ username: fc.constantFrom('u', 'v', 'a:b'), realm: fc.constant(null), credential })),
    }),
    of('ActivateTrunk', 20),
    of('DeactivateTrunk', 20),
    of('RemoveTrunk', 20, { usedByRoutes: usedBy }),
  ),
}

const target = fc.oneof(
  fc.record({ kind: fc.constantFrom('user', 'queue', 'room', 'menu'), id: id(1, 7) }),
  fc.record({ kind: fc.constant('dial'), name: fc.constantFrom('alice', '*97', 'a b') }),
)
const number: World = {
  name: 'number',
  decider: numberDecider as unknown as AnyDecider,
  commands: fc.oneof(
    fc.constant(sample.addNumber),
    of('AssignNumber', 30, { target, known: knowledge }),
    of('ReleaseNumber', 30),
    of('RemoveNumber', 30),
  ),
}

const shares = fc.array(
  fc.record({
    trunkId: id(20, 23),
    priority: fc.integer({ min: 0, max: 1 }),
    weight: fc.constantFrom(0, 10, 30, 50, 70, 90, 100),
  }),
  { minLength: 1, maxLength: 4 },
)
const evenShares = fc.constantFrom(
  [{ trunkId: uuid(20), priority: 0, weight: 100 }],
  [
    { trunkId: uuid(20), priority: 0, weight: 50 },
    { trunkId: uuid(21), priority: 0, weight: 50 },
    { trunkId: uuid(22), priority: 1, weight: 100 },
  ],
)
const dialledName = fc.constantFrom('a', 'b', 'c')
const rule = fc.oneof(
  fc.record({
    kind: fc.constant('alias'),
    id: id(40, 44),
    pattern: fc.constantFrom('a', 'b', '[a-c]', 'c', '[bc]', '(a)+'),
    target: fc.oneof(
      fc.record({ kind: fc.constant('freeswitch') }),
      fc.record({ kind: fc.constant('dial'), name: dialledName }),
      target,
    ),
  }),
  fc.record({ kind: fc.constant('local'), id: id(50, 51) }),
  fc.record({
    kind: fc.constant('external'),
    id: id(60, 62),
    prefix: fc.constantFrom('', '+', '+49', 'x'),
    priority: fc.integer({ min: 0, max: 1 }),
    strip: fc.integer({ min: 0, max: 2 }),
    prepend: fc.constantFrom('', '00'),
    trunks: fc.oneof(shares, evenShares),
  }),
) as fc.Arbitrary<RouteRule>

const ofTenant = (type: string, parts: Record<string, fc.Arbitrary<unknown>>) =>
  fc.record({ type: fc.constant(type), tenant: fc.constant(tenant), commandId, ...parts })
const knownTrunks = fc.constantFrom([20, 21, 22, 23].map(uuid), [uuid(20)])
const routeSet: World = {
  name: 'route_set',
  decider: routeSetDecider as unknown as AnyDecider,
  commands: fc.oneof(
    ofTenant('ReplaceRoutes', { rules: fc.array(rule, { maxLength: 3 }), knownTrunks, known: knowledge }),
    ofTenant('PutRoute', { rule, knownTrunks, known: knowledge, position: fc.constantFrom(undefined, 0, 1, 9) }),
    ofTenant('RemoveRoute', { ruleId: fc.oneof(id(40, 44), id(60, 62)) }),
    ofTenant('SetTrunkShare', {
      ruleId: id(60, 62),
      priority: fc.integer({ min: 0, max: 1 }),
      trunkId: id(20, 23),
      against: id(20, 23),
      percent: fc.constantFrom(0, 10, 50, 100, 101),
      knownTrunks,
    }),
  ),
}

const caller = { match: fc.constantFrom('exact', 'prefix'), value: fc.constant('+4930') }
const moment = fc.integer({ min: 0, max: 20 })
const blockedCaller: World = {
  name: 'blocked_caller',
  decider: blockedCallerDecider as unknown as AnyDecider,
  commands: fc.oneof(
    ofTenant('BlockCaller', {
      ...caller,
      reason: fc.constantFrom('spam', 'fraud'),
      expiresAt: fc.option(moment),
      at: moment,
    }),
    ofTenant('UnblockCaller', caller),
    ofTenant('ExpireBlockedCaller', { ...caller, at: moment }),
  ),
}

const conferenceRoom: World = {
  name: 'conference_room',
  decider: conferenceRoomDecider as unknown as AnyDecider,
  commands: fc.oneof(
    fc.constant(sample.createRoom),
    of('UpdateConferenceRoom', 3, {
      known: knowledge,
      settings: some({
        maxMembers: fc.constantFrom(1, 2, 20),
        pinSecretId: fc.option(id(902, 905)),
        moderatorPinSecretId: fc.option(id(902, 905)),
        moderators: fc.constantFrom([], [uuid(1)], [uuid(2)], [uuid(9)]),
        waitForModerator: fc.boolean(),
      }),
    }),
    of('RemoveConferenceRoom', 3, { usedBy }),
  ),
}

const callQueue: World = {
  name: 'call_queue',
  decider: callQueueDecider as unknown as AnyDecider,
  commands: fc.oneof(
    fc.constant(sample.createQueue),
    of('UpdateCallQueue', 4, {
      known: knowledge,
      settings: some({ strategy: fc.constantFrom('ring-all', 'random', 'x'), overflow: fc.option(target) }),
    }),
    of('PutQueueAgent', 4, {
      known: knowledge,
      agent: fc.record({ userId: id(1, 3), tier: fc.integer({ min: 0, max: 2 }), position: fc.constantFrom(1, 2) }),
    }),
    of('RemoveQueueAgent', 4, { userId: id(1, 3) }),
    of('RemoveCallQueue', 4, { usedBy }),
  ),
}

const action = fc.oneof(target, fc.record({ kind: fc.constantFrom('repeat', 'back', 'top', 'hang_up') }))
const menuEdges = fc.array(fc.record({ from: id(5, 7), to: id(5, 7) }), { maxLength: 3 })
const ivrMenu: World = {
  name: 'ivr_menu',
  decider: ivrMenuDecider as unknown as AnyDecider,
  commands: fc.oneof(
    fc.constant(sample.createMenu),
    of('UpdateIvrMenu', 5, {
      known: knowledge,
      menuEdges,
      settings: some({
        entries: fc.array(fc.record({ digits: fc.constantFrom('1', '2', '*'), action }), { maxLength: 2 }),
        onInvalid: action,
        onTimeout: action,
        maxInvalid: fc.constantFrom(0, 1, 2),
      }),
    }),
    of('RemoveIvrMenu', 5, { usedBy }),
  ),
}

const claim = {
  kind: fc.constant('name'),
  value: fc.constant('alice'),
  owner: fc.constantFrom('sip_user-1', 'sip_user-2'),
  claimId: commandId,
}
const reservation: World = {
  name: 'reservation',
  decider: reservationDecider as unknown as AnyDecider,
  commands: fc.oneof(ofTenant('ClaimReservation', claim), ofTenant('ReleaseReservation', claim)),
}

export const worlds: readonly World[] = [
  user,
  trunk,
  number,
  routeSet,
  blockedCaller,
  conferenceRoom,
  callQueue,
  ivrMenu,
  reservation,
]
