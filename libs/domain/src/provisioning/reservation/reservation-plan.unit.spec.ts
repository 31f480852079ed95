import { describe, expect, it } from '@jest/globals'
import { callQueueDecider } from '../call-queue/call-queue.decider.js'
import { conferenceRoomDecider } from '../conference-room/conference-room.decider.js'
import { foldEvents } from '../core/decider.js'
import { ivrMenuDecider } from '../ivr-menu/ivr-menu.decider.js'
import { numberDecider } from '../number/number.decider.js'
import { sipUserDecider } from '../sip-user/sip-user.decider.js'
import type { SipUserEvent } from '../sip-user/sip-user.events.js'
import type { SipUserCommand } from '../sip-user/sip-user.commands.js'
import {
  addNumber,
  address,
  createMenu,
  createQueue,
  createRoom,
  createTrunk,
  createUser,
  tenant,
  uuid,
} from '../testing/samples.js'
import { trunkDecider } from '../trunk/trunk.decider.js'
import { heldReservations, reservationPlan } from './reservation-plan.js'
import { reservationStream } from './reservation-key.js'
import { CLAIM_GRACE_US, sweepReservation } from './reservation-sweep.js'
import type { Claim } from './reservation.commands.js'
import { reservationDecider, type ReservationState } from './reservation.decider.js'

const later = (n: number) => address(n, 1001)
const claimOf = (kind: Claim['kind'], value: string, owner: string): Claim => ({
  tenant: kind === 'did' ? '*' : tenant,
  kind,
  value,
  owner,
  claimId: uuid(1000),
})
const aliceAnd = (value: string) => claimOf('name', value, `sip_user-${uuid(1)}`)

describe('what a command claims before its events are appended, and releases after', () => {
  const user = { kind: 'absent' } as const
  const created = sipUserDecider.decide({ ...createUser, username: 'Zoe', aliases: ['b', 'A'] }, user)

  it('are all names of a user, in the order of their streams', () => {
    expect(reservationPlan(created)).toEqual({
      claimFirst: [aliceAnd('a'), aliceAnd('b'), aliceAnd('zoe')],
      releaseAfter: [],
    })
    const removed = sipUserDecider.decide(
      { type: 'RemoveSipUser', ...later(1), usedBy: [] },
      foldEvents(sipUserDecider, created),
    )
    expect(reservationPlan(removed)).toEqual({ claimFirst: [], releaseAfter: reservationPlan(created).claimFirst })
  })
  it('is the alias that comes or goes, and goes by the claim that it came by', () => {
    const add = sipUserDecider.decide(
      { type: 'AddSipUserAlias', ...later(1), alias: 'c' },
      foldEvents(sipUserDecider, created),
    )
    const claim = { ...aliceAnd('c'), claimId: uuid(1001) }
    expect(reservationPlan(add)).toEqual({ claimFirst: [claim], releaseAfter: [] })
    const state = foldEvents(sipUserDecider, [...created, ...add])
    const remove = sipUserDecider.decide({ type: 'RemoveSipUserAlias', ...address(1, 1002), alias: 'C' }, state)
    expect(reservationPlan(remove)).toEqual({ claimFirst: [], releaseAfter: [claim] })
  })
  it('is the number among all tenants, the name of a trunk, and what is dialled for rooms, queues and menus', () => {
    const number = numberDecider.decide(addNumber, { kind: 'absent' })
    const trunk = trunkDecider.decide(createTrunk, { kind: 'absent' })
    const room = conferenceRoomDecider.decide(createRoom, { kind: 'absent' })
    const queue = callQueueDecider.decide(createQueue, { kind: 'absent' })
    const menu = ivrMenuDecider.decide(createMenu, { kind: 'absent' })
    const claims = [number, trunk, room, queue, menu].map((events) => reservationPlan(events).claimFirst)
    expect(claims).toEqual([
      [claimOf('did', '+493012345678', `number-${uuid(30)}`)],
      [claimOf('trunk', 'carrier-a', `trunk-${uuid(20)}`)],
      [claimOf('name', '8000', `conference_room-${uuid(3)}`)],
      [claimOf('name', '7000', `call_queue-${uuid(4)}`)],
      [claimOf('name', '6000', `ivr_menu-${uuid(5)}`)],
    ])
    const removals = [
      numberDecider.decide({ type: 'RemoveNumber', ...later(30) }, foldEvents(numberDecider, number)),
      trunkDecider.decide({ type: 'RemoveTrunk', ...later(20), usedByRoutes: [] }, foldEvents(trunkDecider, trunk)),
      conferenceRoomDecider.decide(
        { type: 'RemoveConferenceRoom', ...later(3), usedBy: [] },
        foldEvents(conferenceRoomDecider, room),
      ),
      callQueueDecider.decide(
        { type: 'RemoveCallQueue', ...later(4), usedBy: [] },
        foldEvents(callQueueDecider, queue),
      ),
      ivrMenuDecider.decide({ type: 'RemoveIvrMenu', ...later(5), usedBy: [] }, foldEvents(ivrMenuDecider, menu)),
    ]
    expect(removals.map((events) => reservationPlan(events).releaseAfter)).toEqual(claims)
  })
  it('is nothing for events that touch no name', () => {
    const state = foldEvents(sipUserDecider, created)
    const suspended = sipUserDecider.decide({ type: 'SuspendSipUser', ...later(1), reason: 'fraud' }, state)
    expect(reservationPlan(suspended)).toEqual({ claimFirst: [], releaseAfter: [] })
  })
})

/** A handler as the plan wants it, which can die after any step. */
class World {
  readonly reservations = new Map<string, ReservationState>()
  readonly events: SipUserEvent[] = []
  private done: { commandId: string; events: SipUserEvent[] }[] = []

  run(command: SipUserCommand, dieAfter = Infinity): 'done' | 'died' {
    const steps = this.steps(command)
    for (let step = 0; ; step++) {
      if (step >= dieAfter) return 'died'
      if (steps.next().done === true) return 'done'
    }
  }

  private *steps(command: SipUserCommand): Generator<void> {
    const before = this.done.find(({ commandId }) => commandId === command.commandId)
    const events = before?.events ?? sipUserDecider.decide(command, foldEvents(sipUserDecider, this.events))
    const { claimFirst, releaseAfter } = reservationPlan(events)
    if (before === undefined) {
      for (const claim of claimFirst) yield this.reserve('ClaimReservation', claim)
      this.events.push(...events)
      yield void this.done.push({ commandId: command.commandId, events })
    }
    for (const claim of releaseAfter) yield this.reserve('ReleaseReservation', claim)
  }

  reserve(type: 'ClaimReservation' | 'ReleaseReservation', claim: Claim): void {
    const stream = reservationStream(claim)
    const state = this.reservations.get(stream) ?? reservationDecider.initialState()
    const decided = reservationDecider.decide({ type, ...claim }, state)
    this.reservations.set(stream, decided.reduce(reservationDecider.evolve, state))
  }

  claimed(): string[] {
    return [...this.reservations].flatMap(([stream, { kind }]) => (kind === 'claimed' ? [stream] : [])).sort()
  }
}

describe('a handler that dies', () => {
  const commands: SipUserCommand[] = [
    createUser,
    { type: 'AddSipUserAlias', ...address(1, 1001), alias: 'support' },
    { type: 'RemoveSipUserAlias', ...address(1, 1002), alias: 'support' },
    { type: 'AddSipUserAlias', ...address(1, 1003), alias: 'support' },
    { type: 'RemoveSipUser', ...address(1, 1004), usedBy: [] },
  ]
  it.each([0, 1, 2, 3, 4])('after step %i of any command leaves what a repetition completes', (dieAfter) => {
    const world = new World()
    for (const command of commands) {
      world.run(command, dieAfter)
      expect(world.run(command)).toBe('done')
      expect(world.claimed()).toEqual([...heldReservations(world.events).keys()].sort())
    }
    expect(world.claimed()).toEqual([])
  })
  it('and comes back late takes no name away that was taken again meanwhile', () => {
    const world = new World()
    world.run(commands[0]!)
    world.run(commands[1]!)
    expect(world.run(commands[2]!, 1)).toBe('died')
    world.run(commands[3]!)
    world.run(commands[2]!)
    expect(world.claimed()).toContain('reservation-example.org/name/support')
  })
  it('before anything was appended leaves claims that a sweep releases', () => {
    const world = new World()
    world.run(createUser, 2)
    const left = [aliceAnd('alice'), aliceAnd('care4w-1000001')]
    expect(world.claimed()).toEqual(left.map(reservationStream))
    for (const claim of left) {
      const release = sweepReservation({ claim, claimedAt: 0, ownerEvents: world.events, now: CLAIM_GRACE_US })
      expect(release).toEqual({ type: 'ReleaseReservation', ...claim })
      world.reserve('ReleaseReservation', claim)
    }
    expect(world.claimed()).toEqual([])
  })
})

describe('the sweep', () => {
  const claim = aliceAnd('alice')
  const ownerEvents = sipUserDecider.decide(createUser, { kind: 'absent' })

  it('leaves young claims, since their command may still be at work', () => {
    expect(sweepReservation({ claim, claimedAt: 0, ownerEvents: [], now: CLAIM_GRACE_US - 1 })).toBeNull()
  })
  it('leaves what the owner holds, also by another claim', () => {
    expect(sweepReservation({ claim, claimedAt: 0, ownerEvents, now: CLAIM_GRACE_US })).toBeNull()
    const other = { ...claim, claimId: uuid(5) }
    expect(sweepReservation({ claim: other, claimedAt: 0, ownerEvents, now: CLAIM_GRACE_US })).toBeNull()
  })
  it('releases what the owner has given up', () => {
    const removed = sipUserDecider.decide(
      { type: 'RemoveSipUser', ...later(1), usedBy: [] },
      foldEvents(sipUserDecider, ownerEvents),
    )
    const all = [...ownerEvents, ...removed]
    expect(sweepReservation({ claim, claimedAt: 0, ownerEvents: all, now: CLAIM_GRACE_US })).not.toBeNull()
  })
})
