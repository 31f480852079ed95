import { appendFileSync, existsSync, readFileSync } from 'node:fs'

export interface ProposedEvent {
  readonly id: string
  readonly type: string
  readonly contentType: string
  readonly data: Uint8Array
  readonly metadata: Uint8Array
}

export interface RecordedEvent extends ProposedEvent {
  readonly stream: string
  readonly revision: number
  /** Commit and prepare position, which are equal for events of one append. */
  readonly position: bigint
  /** Ticks of 100 ns since 1970, as the wire carries them. */
  readonly created: bigint
}

export type Expected = number | 'none' | 'any' | 'exists'
export type Appended = { readonly last: RecordedEvent | undefined } | { readonly conflictAt: number }

/**
 * What the server keeps: one log in which positions are offsets with gaps, as in the real one, and an index by stream.
 * Rules of appending are those of KurrentDB's index writer: an append whose events stand at their place already is
 * idempotent, one of which only some stand is a conflict. Given a file, it is written before the answer and read again
 * by the next database on it.
 */
export class Database {
  readonly log: RecordedEvent[] = []
  readonly #streams = new Map<string, RecordedEvent[]>()
  readonly #listeners = new Set<() => void>()
  readonly #file: string | undefined

  constructor(file?: string) {
    this.#file = file
    if (file === undefined || !existsSync(file)) return
    const lines = readFileSync(file, 'utf8').split('\n')
    // What follows the last line break was torn off by a crash, and never acknowledged.
    for (const line of lines.slice(0, -1)) {
      const { stream, events } = JSON.parse(line) as { stream: string; events: Stored[] }
      this.#write(stream, events.map(fromStored))
    }
  }

  append(stream: string, expected: Expected, events: readonly ProposedEvent[]): Appended {
    const current = this.stream(stream).length - 1
    if (expected === 'exists' && current === -1) return { conflictAt: current }
    const before = expected === 'none' ? -1 : expected
    if (typeof before === 'number' && before !== current) {
      const standing = events.map((event, index) => this.#streams.get(stream)?.[before + 1 + index]?.id === event.id)
      if (before > current || events.length === 0 || standing.includes(false)) return { conflictAt: current }
      return { last: this.stream(stream)[before + events.length] }
    }
    if (this.#file !== undefined) {
      appendFileSync(this.#file, `${JSON.stringify({ stream, events: events.map(toStored) })}\n`)
    }
    const last = this.#write(stream, events)
    for (const listener of [...this.#listeners]) listener()
    return { last }
  }

  #write(stream: string, events: readonly ProposedEvent[]): RecordedEvent | undefined {
    const recorded = this.#streams.get(stream) ?? []
    this.#streams.set(stream, recorded)
    for (const event of events) {
      const newest = this.log.at(-1)
      const position = newest === undefined ? 1000n : newest.position + 60n + BigInt(newest.data.length)
      const created = BigInt(Date.now()) * 10_000n
      const next = { ...event, stream, revision: recorded.length, position, created }
      recorded.push(next)
      this.log.push(next)
    }
    return recorded.at(-1)
  }

  stream(name: string): readonly RecordedEvent[] {
    return this.#streams.get(name) ?? []
  }

  /** Place in the log of the first event at or after a position. */
  placeOf(position: bigint): number {
    let low = 0
    let high = this.log.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.log[middle]!.position < position) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Calls back after each append, until the returned function is called. */
  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}

interface Stored {
  readonly id: string
  readonly type: string
  readonly contentType: string
  readonly data: string
  readonly metadata: string
}

function toStored({ id, type, contentType, data, metadata }: ProposedEvent): Stored {
  return { id, type, contentType, data: base64(data), metadata: base64(metadata) }
}

function fromStored({ data, metadata, ...rest }: Stored): ProposedEvent {
  return { ...rest, data: Buffer.from(data, 'base64'), metadata: Buffer.from(metadata, 'base64') }
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
