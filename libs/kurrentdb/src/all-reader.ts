import type { AllStreamResolvedEvent, KurrentDBClient, ReadAllOptions } from '@kurrent/kurrentdb-client'
import type { Position, StoredEvent } from '@trunkline/ports'
import { fromResolved } from './event-layout.js'
import { isLate, type KurrentConnection } from './kurrent-connection.js'
import { NOT_OF_SYSTEM } from './system-filter.js'
import { fromPosition, isAfter, type LogPosition } from './kurrent-position.js'
import { subscribe } from './news-subscription.js'

/** Positions from which readers go on that are remembered; there are as many as readers. */
const KEPT = 100

/**
 * Reads all streams but those of the system. The server leaves these out, but has to look at them: where a reader has been
 * told that nothing of interest comes before some place, that place is remembered, so that the next read begins there.
 */
export class AllReader {
  readonly #connection: KurrentConnection
  readonly #skips = new Map<Position | undefined, LogPosition>()

  constructor(connection: KurrentConnection) {
    this.#connection = connection
  }

  async read(after: Position | undefined, limit: number): Promise<StoredEvent[]> {
    if (limit <= 0) return []
    for (;;) {
      const from = this.startOf(after)
      try {
        const { events, last, full } = await this.#connection.run((client, alive) =>
          this.#page(client, { from, limit, alive }),
        )
        if (events.length > 0 || !full || last === undefined) return events
        // A whole page of the system's: go on behind it.
        this.skip(after, last)
      } catch (error) {
        if (!isLate(error) || !(await this.#search(after))) throw error
      }
    }
  }

  /**
   * A read says nothing while the server passes over events of the system, so that a long stretch of them would be too
   * late each time; a subscription tells how far it is. Goes on to the first event for us. False when it got nowhere.
   */
  async #search(after: Position | undefined): Promise<boolean> {
    const before = this.startOf(after)
    const over = Promise.withResolvers<void>()
    let done = false
    const finish = () => {
      done = true
      over.resolve()
    }
    // A server that is silent to this too must not keep its reader for twice the deadline.
    const silence = setTimeout(finish, this.#connection.deadlineMs / 2)
    const onNothing = (until: LogPosition) => {
      silence.refresh()
      if (!done) this.skip(after, until)
    }
    const subscription = subscribe(this.#connection, before, { onNews: finish, onNothing, onCaughtUp: finish })
    await Promise.race([over.promise, subscription.ended])
    clearTimeout(silence)
    finish()
    subscription.stop()
    return this.startOf(after) !== before
  }

  /** Where a reader that has seen everything up to `after` need begin; undefined for the beginning. */
  startOf(after: Position | undefined): LogPosition | undefined {
    return this.#skips.get(after) ?? (after === undefined ? undefined : fromPosition(after))
  }

  /** Between `after` and `to` there is nothing for us. */
  skip(after: Position | undefined, to: LogPosition): void {
    const known = this.startOf(after)
    if (known !== undefined && !isAfter(to, known)) return
    this.#skips.delete(after)
    if (this.#skips.size >= KEPT) this.#skips.delete(this.#skips.keys().next().value)
    this.#skips.set(after, to)
  }

  async #page(client: KurrentDBClient, { from, limit, alive }: Page): Promise<PageResult> {
    // A read gives the event at its position too.
    const maxCount = from === undefined ? limit : limit + 1
    const events: StoredEvent[] = []
    let last: LogPosition | undefined
    let count = 0
    const options: ReadAllOptions = {
      direction: 'forwards',
      fromPosition: from ?? 'start',
      maxCount,
      filter: NOT_OF_SYSTEM,
      ...this.#connection.call,
    }
    for await (const resolved of client.readAll(options)) {
      alive()
      count++
      const position = resolved.event?.position
      if (position === undefined || (from !== undefined && !isAfter(position, from))) continue
      last = position
      const event = isOfSystem(resolved) ? undefined : fromResolved(resolved)
      if (event !== undefined && events.length < limit) events.push(event)
    }
    return { events, last, full: count >= maxCount }
  }
}

interface Page {
  readonly from: LogPosition | undefined
  readonly limit: number
  readonly alive: () => void
}

interface PageResult {
  readonly events: StoredEvent[]
  /** Place of the last event that was looked at. */
  readonly last: LogPosition | undefined
  readonly full: boolean
}

/** The filter goes by type; a system stream can hold other types. */
function isOfSystem({ event }: AllStreamResolvedEvent): boolean {
  return event?.streamId.startsWith('$') ?? true
}
