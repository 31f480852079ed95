/** Facts that the listener itself tells about a node. */
import type { Fact, FactType } from '@trunkline/domain'
import {
  bootTimeUs,
  type ListedContact,
  type ListedDialog,
  type ListedGateway,
  type NodeClock,
} from '@trunkline/kamailio'
import type { SequenceGap } from './sequence-tracker.js'

type DataOf<T extends FactType> = Extract<Fact, { type: T }>['data']

export class NodeFacts {
  private counter = 0
  /** Tells this run apart from an earlier one of the same listener. */
  private readonly run = Date.now().toString(36)

  constructor(
    private readonly node: string,
    private readonly listener: string,
  ) {}

  private own(): string {
    return `listener/${this.listener}/${this.node}/${this.run}-${++this.counter}`
  }

  connected({ boot, nowUs }: NodeClock, version: string | undefined): Fact {
    const data = { core: boot, listener: this.listener, kind: 'kamailio', version, upSince: bootTimeUs(boot) } as const
    return this.fact('switch.connected', { id: this.own(), time: nowUs, data })
  }

  disconnected(reason: string, { nowUs, lastEventAt }: { nowUs: number; lastEventAt: number | undefined }): Fact {
    const data = { listener: this.listener, reason, lastEventAt }
    return this.fact('switch.disconnected', { id: this.own(), time: nowUs, data })
  }

  /** Of a process whose own word of its start (`kam.start`) was not the first that was heard. */
  started(boot: string, fallbackUs: number): Fact {
    const time = bootTimeUs(boot) ?? fallbackUs
    return this.fact('switch.started', { id: `listener/started/${boot}`, time, data: { core: boot } })
  }

  /** The id says what is missing: two listeners that miss the same tell one gap. */
  gap({ boot, first, last, fromUs, toUs }: SequenceGap): Fact {
    // `missed` counts sessions, and nobody knows what these events were
    const reason = first === last ? `event ${first} is missing` : `events ${first} to ${last} are missing`
    const data = { core: boot, listener: this.listener, reason, from: fromUs, to: toUs }
    return this.fact('switch.gap', { id: `listener/gap/${boot}/${first}-${last}`, time: toUs, data })
  }

  unreadable(entry: { id: string; reason: string; core: string | undefined }): Fact {
    const time = Number(entry.id.split('-', 1)[0]) * 1000
    const data = { core: entry.core, listener: this.listener, reason: `unreadable event: ${entry.reason}`, to: time }
    return this.fact('switch.gap', { id: `listener/gap/${this.node}/${entry.id}`, time, data })
  }

  heartbeat({ boot, seq, nowUs }: NodeClock, counts: { sessions: number; sessionsSinceStartup: number }): Fact {
    const upMs = Math.max(0, Math.round((nowUs - (bootTimeUs(boot) ?? nowUs)) / 1000))
    const { sessions: sessionCount, sessionsSinceStartup } = counts
    const data = { core: boot, seq, sessionCount, sessionsSinceStartup, upMs }
    return this.fact('switch.heartbeat', { id: `${boot}/heartbeat/${nowUs}`, time: nowUs, data })
  }

  contacts({ boot, nowUs }: NodeClock, { reason, contacts }: { reason: string; contacts: readonly ListedContact[] }) {
    const data = { core: boot, reason, contacts }
    return this.fact('registration.snapshot', { id: this.own(), time: nowUs, data })
  }

  dialogs({ boot, nowUs }: NodeClock, { reason, dialogs }: { reason: string; dialogs: readonly ListedDialog[] }): Fact {
    const data = { core: boot, reason, dialogs }
    return this.fact('dialog.snapshot', { id: this.own(), time: nowUs, data })
  }

  gateway({ boot, nowUs }: NodeClock, { gateway, profile, state, up }: ListedGateway): Fact {
    const data = { core: boot, gateway, profile, state, up }
    return this.fact('gateway.changed', { id: this.own(), time: nowUs, data })
  }

  private fact<T extends FactType>(type: T, { id, time, data }: { id: string; time: number; data: DataOf<T> }): Fact {
    return { id, type, version: 1, key: this.node, time, data } as unknown as Fact
  }
}
