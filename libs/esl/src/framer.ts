/**
 * Cuts a byte stream into frames. Takes any bytes: it throws nothing, reads each byte a bounded number of times however
 * the stream is split, and finds its way back after garbage at the next empty line. Only a body larger than allowed, or
 * a header block without end, cannot be survived: the stream is then `broken` and must be closed.
 */
import type { EslFrame } from './frame.js'
import { isMisaligned, lengthOf, parseHeaders, salvageHeaders } from './header-block.js'

export interface FramerOptions {
  readonly onFrame: (frame: EslFrame) => void
  /** Bytes that belong to no frame, because the switch sent garbage or a length lied. */
  readonly onGarbage?: (bytes: number) => void
  /** Largest body, bytes; 64 MiB by default. */
  readonly maxBody?: number
}

const MAX_HEADER = 64 * 1024
const NEWLINE = 0x0a
const NO_BODY = Buffer.alloc(0)

export class EslFramer {
  readonly #onFrame: (frame: EslFrame) => void
  readonly #onGarbage: ((bytes: number) => void) | undefined
  readonly #maxBody: number
  /** Received and not yet used; joined only when a whole body is there. */
  #chunks: Buffer[] = []
  #held = 0
  /** Bytes that must be held before it is worth looking again. */
  #needed = 0
  #broken: string | undefined
  /** Garbage that was told already: its frame is looked at again when more of it came. */
  #reported: string | undefined

  constructor({ onFrame, onGarbage, maxBody = 64 * 1024 * 1024 }: FramerOptions) {
    this.#onFrame = onFrame
    this.#onGarbage = onGarbage
    this.#maxBody = maxBody
  }

  /** Why the stream cannot be read on, undefined while it can. */
  get broken(): string | undefined {
    return this.#broken
  }

  push(chunk: Buffer): void {
    if (this.#broken !== undefined) return
    this.#chunks.push(chunk)
    this.#held += chunk.length
    if (this.#held < this.#needed) return
    const buffer = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#held)
    const used = this.#read(buffer)
    const rest = used === 0 ? buffer : buffer.subarray(used)
    this.#chunks = rest.length === 0 ? [] : [rest]
    this.#held = rest.length
  }

  /** Returns how many bytes made whole frames. */
  #read(buffer: Buffer): number {
    let at = 0
    this.#needed = 0
    while (at < buffer.length) {
      // empty lines between frames mean nothing
      if (buffer[at] === NEWLINE) {
        at++
        continue
      }
      const end = buffer.indexOf('\n\n', at)
      if ((end < 0 ? buffer.length : end) - at > MAX_HEADER) {
        this.#broken = `a header block of more than ${MAX_HEADER} bytes`
        return at
      }
      if (end < 0) return at
      const headers = this.#headers(buffer.toString('latin1', at, end))
      if (headers === undefined) {
        at = end + 2
        continue
      }
      const length = lengthOf(headers)
      if (length > this.#maxBody) {
        this.#broken = `a body of ${length} bytes, more than ${this.#maxBody}`
        return at
      }
      const body = end + 2
      if (body + length > buffer.length) {
        this.#needed = body + length - at
        return at
      }
      at = body + length
      this.#onFrame({
        contentType: headers.get('Content-Type') ?? '',
        headers,
        body: length === 0 ? NO_BODY : buffer.subarray(body, at),
      })
    }
    return at
  }

  /** Undefined when nothing in the block is a head. */
  #headers(block: string): Map<string, string> | undefined {
    const headers = parseHeaders(block)
    if (!isMisaligned(headers)) return headers
    const salvaged = salvageHeaders(block)
    if (this.#reported !== block) this.#onGarbage?.(block.length)
    this.#reported = block
    return isMisaligned(salvaged) ? undefined : salvaged
  }
}
