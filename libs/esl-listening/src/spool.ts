/**
 * Facts on disk while the log cannot take them: files of JSON lines, written in order and synced, read from the oldest.
 * A line that a crash tore is cut off. A file goes when all of it is in the log, so a crash before that doubles facts
 * and never loses or reorders them.
 */
import {
  closeSync,
  existsSync,
  fdatasyncSync,
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
  #segments: number[]
  #bytes: number
  #writing: { readonly number: number; readonly fd: number; bytes: number } | undefined
  #reading: { readonly number: number; records: NewRecord[] } | undefined

  constructor({ folder, maxBytes = 4 * 1024 ** 3 }: SpoolOptions) {
    this.#folder = folder
    this.#maxBytes = maxBytes
    mkdirSync(folder, { recursive: true })
    this.#segments = readdirSync(folder)
      .flatMap((name) => /^(\d{12})\.jsonl$/.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b)
    this.#bytes = this.#segments.reduce((sum, number) => sum + statSync(this.#path(number)).size, 0)
  }

  get isEmpty(): boolean {
    return this.#segments.length === 0 && this.#reading === undefined
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Durable when it returns; throws {@link SpoolFullError} when there is no room. */
  append(records: readonly NewRecord[]): void {
    if (records.length === 0) return
    const text = Buffer.from(records.map((record) => `${JSON.stringify(record)}\n`).join(''))
    if (this.#bytes + text.length > this.#maxBytes)
      throw new SpoolFullError(`the spool holds ${this.#bytes} bytes, its limit is ${this.#maxBytes}`)
    const segment = this.#segmentFor(text.length)
    try {
      for (let at = 0; at < text.length;) at += writeSync(segment.fd, text, at)
      fdatasyncSync(segment.fd)
    } catch (error) {
      // what was written of it may be torn: nothing more goes into this file
      this.#closeSegment()
      throw new SpoolFullError(`the spool cannot be written: ${(error as Error).message}`, { cause: error })
    }
    segment.bytes += text.length
    this.#bytes += text.length
  }

  /** Up to `limit` of the oldest facts, without taking them out. */
  peek(limit: number): readonly NewRecord[] {
    while (this.#reading === undefined || this.#reading.records.length === 0) {
      if (this.#reading !== undefined) this.#drop(this.#reading.number)
      const oldest = this.#segments[0]
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
    return readFileSync(this.#path(number), 'utf8')
      .split('\n')
      .flatMap((line) => {
        if (line === '') return []
        try {
          return [JSON.parse(line) as NewRecord]
        } catch {
          return []
        }
      })
  }

  #segmentFor(bytes: number) {
    if (this.#writing !== undefined && this.#writing.bytes + bytes > SEGMENT_BYTES) this.#closeSegment()
    if (this.#writing === undefined) {
      const number = Math.max(this.#segments.at(-1) ?? 0, this.#reading?.number ?? 0) + 1
      this.#writing = { number, fd: openSync(this.#path(number), 'wx', 0o600), bytes: 0 }
      this.#segments.push(number)
    }
    return this.#writing
  }

  #closeSegment(): void {
    if (this.#writing === undefined) return
    closeSync(this.#writing.fd)
    this.#writing = undefined
  }

  #drop(number: number): void {
    const path = this.#path(number)
    if (existsSync(path)) {
      this.#bytes -= statSync(path).size
      rmSync(path)
    }
    this.#segments = this.#segments.filter((one) => one !== number)
    this.#reading = undefined
  }

  #path(number: number): string {
    return join(this.#folder, `${String(number).padStart(12, '0')}.jsonl`)
  }
}
