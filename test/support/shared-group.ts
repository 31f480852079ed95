/** A group of readers whose partitions the test deals out: overlapping, late, or to nobody, as it likes. */
import type { EventLog, GroupMember } from '@trunkline/ports'

class Member implements GroupMember {
  #partitions: readonly number[] = []
  #change = Promise.withResolvers<void>()
  closed = false

  partitions(): readonly number[] {
    return this.#partitions
  }

  async changed(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    const aborted = Promise.withResolvers<void>()
    signal.addEventListener('abort', () => aborted.resolve(), { once: true })
    await Promise.race([this.#change.promise, aborted.promise])
  }

  async close(): Promise<void> {
    this.closed = true
    this.deal([])
  }

  deal(partitions: readonly number[]): void {
    this.#partitions = partitions
    this.#change.resolve()
    this.#change = Promise.withResolvers()
  }
}

/** A log whose readers share it as `deal` says: members count from 0 in the order of joining. */
export class SharedGroup {
  readonly members: Member[] = []
  readonly log: EventLog

  constructor(log: EventLog) {
    const join = async (): Promise<GroupMember> => {
      const member = new Member()
      this.members.push(member)
      return member
    }
    this.log = new Proxy(log, {
      get: (target, name) => {
        if (name === 'join') return join
        const value = Reflect.get(target, name, target) as unknown
        return typeof value === 'function' ? (value.bind(target) as unknown) : value
      },
    })
  }

  deal(member: number, partitions: readonly number[]): void {
    this.members[member]!.deal(partitions)
  }
}
