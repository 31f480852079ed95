/**
 * Facts on disk while the log cannot take them: files of JSON lines, written in order and synced, read from the oldest.
 * A line that a crash tore is cut off. A file goes when all of it is in the log, so a crash before that doubles facts
 * and never loses or reorders them.
 */
import {
  appendFileSync,
  closeSync,
  fdatasyncSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import type { NewRecord } from '@trunkline/ports'

const SEGMENT_BYTES = 8 * 1024 * 1024

export interface SpoolOptions {
  readonly folder: string
  /** Most that may lie on disk, bytes; 4 GiB by default. */
  readonly maxBytes?: number
}

/** The spool may not grow any more, or the disk is full. */
export class SpoolFullError extends Error {
  readonly code = 'SPOOL_FULL'
  readonly retryable = true
}

export class Spool {
  readonly #folder: string
  readonly #maxBytes: number
  /** Files on disk, oldest first, with their sizes. */
  readonly #segments: Map<number, number>
  #damaged = 0
  #setAside = 0
  #writing: { readonly number: number; readonly fd: number; bytes: number } | undefined
  #reading: { readonly number: number; records: NewRecord[] } | undefined

  constructor({ folder, maxBytes = 4 * 1024 ** 3 }: SpoolOptions) {
    this.#folder = folder
    this.#maxBytes = maxBytes
    mkdirSync(folder, { recursive: true })
    const numbers = readdirSync(folder).flatMap((name) => /^(\d{12})\.jsonl$/.exec(name)?.[1] ?? [])
    this.#segments = new Map(
      numbers.sort().map((number) => [Number(number), statSync(join(folder, `${number}.jsonl`)).size]),
    )
  }

  get isEmpty(): boolean {
    return this.#segments.size === 0
  }

  get bytes(): number {
    let sum = 0
    for (const bytes of this.#segments.values()) sum += bytes
    return sum
  }

  /** Lines that were no facts: a torn one after a crash is normal, more mean that the disk lost something. */
  get damaged(): number {
    return this.#damaged
  }

  /** Durable when it returns; throws {@link SpoolFullError} when there is no room. */
  append(records: readonly NewRecord[]): void {
    if (records.length === 0) return
    const text = Buffer.from(records.map((record) => `${JSON.stringify(record)}\n`).join(''))
    if (this.bytes + text.length > this.#maxBytes)
      throw new SpoolFullError(`the spool holds ${this.bytes} bytes, its limit is ${this.#maxBytes}`)
    try {
      const segment = this.#segmentFor(text.length)
      for (let at = 0; at < text.length;) {
        const written = writeSync(segment.fd, text, at)
        at += written
        segment.bytes += written
        this.#segments.set(segment.number, segment.bytes)
      }
      fdatasyncSync(segment.fd)
    } catch (error) {
      // what was written of it may be torn: nothing more goes into this file
      this.#closeSegment()
      throw new SpoolFullError(`the spool cannot be written: ${(error as Error).message}`, { cause: error })
    }
  }

  /** Those of them that were whole once; they are in the file that only people read, unless that could not be written. */
  get setAside(): number {
    return this.#setAside
  }

  /** Puts a fact aside, with the reason, in a file that only people read. Throws when the disk does not take it. */
  park(record: NewRecord, reason: string): void {
    this.#park({ reason, record })
  }

  /** Up to `limit` of the oldest facts, without taking them out. Throws when the disk does not give them. */
  peek(limit: number): readonly NewRecord[] {
    while (this.#reading === undefined || this.#reading.records.length === 0) {
      if (this.#reading !== undefined) this.#drop(this.#reading.number)
      const [oldest] = this.#segments.keys()
      if (oldest === undefined) return []
      if (this.#writing?.number === oldest) this.#closeSegment()
      this.#reading = { number: oldest, records: this.#load(oldest) }
    }
    return this.#reading.records.slice(0, limit)
  }

  /** Takes out what {@link peek} gave. */
  take(count: number): void {
    if (this.#reading === undefined) return
    this.#reading.records = this.#reading.records.slice(count)
    if (this.#reading.records.length === 0) this.#drop(this.#reading.number)
  }

  close(): void {
    this.#closeSegment()
  }

  #load(number: number): NewRecord[] {
    const lines = readFileSync(this.#path(number), 'utf8').split('\n')
    return lines.flatMap((line, index) => {
      if (line === '') return []
      const record = factOf(line)
      if (record !== undefined) return [record]
      this.#damaged++
      // what follows the last line break was torn by a crash, and never safe
      if (index < lines.length - 1) this.#putAside(line)
      return []
    })
  }

  #putAside(line: string): void {
    this.#setAside++
    try {
      this.#park({ reason: 'damaged on disk', line })
    } catch {
      // it cannot be used anyway, and those behind it must not wait for room on the disk
    }
  }

  #park(parked: object): void {
    const line = `${JSON.stringify(parked)}\n`
    appendFileSync(join(this.#folder, 'parked.jsonl'), line, { mode: 0o600, flush: true })
  }

  #segmentFor(bytes: number) {
    if (this.#writing !== undefined && this.#writing.bytes + bytes > SEGMENT_BYTES) this.#closeSegment()
    if (this.#writing === undefined) {
      const number = Math.max(0, ...this.#segments.keys()) + 1
      this.#writing = { number, fd: openSync(this.#path(number), 'wx', 0o600), bytes: 0 }
      this.#segments.set(number, 0)
      this.#syncFolder()
    }
    return this.#writing
  }

  /** Without this a power cut may forget that the file was ever there. */
  #syncFolder(): void {
    const fd = openSync(this.#folder, 'r')
    try {
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
  }

  #closeSegment(): void {
    if (this.#writing === undefined) return
    closeSync(this.#writing.fd)
    this.#writing = undefined
  }

  #drop(number: number): void {
    rmSync(this.#path(number), { force: true })
    this.#segments.delete(number)
    this.#reading = undefined
  }

  #path(number: number): string {
    return join(this.#folder, `${String(number).padStart(12, '0')}.jsonl`)
  }
}

/** Undefined for what is no fact. */
function factOf(line: string): NewRecord | undefined {
  let record: Partial<NewRecord> | null
  try {
    record = JSON.parse(line) as Partial<NewRecord> | null
  } catch {
    return undefined
  }
  const { id, type, key, time, version } = record ?? {}
  const isFact = [id, type, key].every((text) => typeof text === 'string') && Number.isInteger(time)
  return isFact && typeof version === 'number' ? (record as NewRecord) : undefined
}
