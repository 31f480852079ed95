import {
  blockedCallerDecider,
  foldEvents,
  provisioningStream,
  reservationDecider,
  reservationStream,
  sweepReservation,
  type BlockedCallerKey,
  type ProvisioningEvent,
  type ReservationEvent,
  type ReservationKey,
} from '@trunkline/domain'
import type { AggregateRunner } from '../core/aggregate-runner.js'
import type { Call } from '../core/call.js'
import type { CommandsDependencies } from '../core/dependencies.js'
import { derivedId } from '../core/derived-id.js'
import type { Reservations } from '../core/reservations.js'
import type { DueCheck, DueChecks } from './due-checks.js'

/** Who did it, in events that no person asked for. */
export const HOUSEKEEPER = 'trunkline'
const PAGE = 200
const POSTPONED_MS = 3_600_000

export interface HousekeeperDependencies extends CommandsDependencies {
  readonly checks: DueChecks
  readonly runner: AggregateRunner
  readonly reservations: Reservations
}

/**
 * Releases claims that came to nothing, ends blocks whose time is over, and brings erasures to their end. Any number of
 * processes may do so at once: each decision is made at the revision that was read.
 */
export class Housekeeper {
  readonly #deps: HousekeeperDependencies

  constructor(deps: HousekeeperDependencies) {
    this.#deps = deps
  }

  async sweep(signal?: AbortSignal): Promise<void> {
    const { checks, clock } = this.#deps
    await checks.follow(signal)
    for (;;) {
      const due = await checks.due(clock(), PAGE)
      for (const check of due) {
        if (signal?.aborted === true) return
        await this.#settle(check)
      }
      if (due.length < PAGE) return
    }
  }

  /** One that cannot be looked at must not hold up the others. */
  async #settle(check: DueCheck): Promise<void> {
    const { checks, clock, logger } = this.#deps
    try {
      await this.#look(check)
      await checks.settle(check)
    } catch (error) {
      if ((error as { readonly retryable?: unknown }).retryable === true) throw error
      logger.error({ err: error, check: check.id, kind: check.kind }, 'a claim or block could not be looked at')
      await checks.postpone(check, clock() + POSTPONED_MS)
    }
  }

  async #look({ kind, data }: DueCheck): Promise<void> {
    switch (kind) {
      case 'claim':
        return this.#sweepClaim(JSON.parse(data) as ReservationKey)
      case 'caller':
        return this.#expire(JSON.parse(data) as BlockedCallerKey)
      case 'erasure':
        return this.#deps.vault.erasePerson((JSON.parse(data) as { readonly id: string }).id)
    }
  }

  async #sweepClaim(key: ReservationKey): Promise<void> {
    const { eventStore, reservations, clock } = this.#deps
    const found = await eventStore.read(reservationStream(key))
    const newest = found.at(-1)
    const state = foldEvents(reservationDecider, found as unknown as ReservationEvent[])
    if (newest === undefined || state.kind === 'free') return
    const { owner, claimId } = state
    const ownerEvents = (await eventStore.read(owner)) as unknown as ProvisioningEvent[]
    const claim = { ...key, owner, claimId }
    const release = sweepReservation({ claim, claimedAt: newest.time, ownerEvents, now: clock() * 1000 })
    if (release === null) return
    const commandId = derivedId('sweep', reservationStream(key), newest.revision)
    const done = await reservations.releaseAt(release, newest.revision, this.#meta('sweepReservation', commandId))
    if (done) this.#deps.logger.info({ kind: key.kind, owner }, 'a claim that came to nothing was released')
  }

  async #expire(key: BlockedCallerKey): Promise<void> {
    const { runner, eventStore, clock } = this.#deps
    const stream = provisioningStream.blockedCaller(key)
    const newest = (await eventStore.read(stream)).at(-1)?.revision ?? -1
    const commandId = derivedId('expire', stream, newest)
    const meta = this.#meta('expireBlockedCaller', commandId)
    const call: Call = {
      name: 'expireBlockedCaller',
      input: key,
      viewer: { role: 'admin', tenant: '*', user: HOUSEKEEPER, expiresAt: Infinity },
      tenant: undefined,
      commandId,
      meta,
      madePassword: null,
      hold: async () => undefined,
    }
    await runner.run(call, {
      stream,
      decider: blockedCallerDecider,
      prepare: () => ({ command: { type: 'ExpireBlockedCaller' as const, ...key, commandId, at: clock() * 1000 } }),
    })
  }

  #meta(command: string, commandId: string): Record<string, string> {
    return { commandId, command, correlationId: commandId, causationId: commandId, actor: HOUSEKEEPER }
  }
}
