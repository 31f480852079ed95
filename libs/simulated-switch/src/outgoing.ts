import type { Socket } from 'node:net'

/**
 * What one client still has to get. Normally frames of one turn go out in one write. With a piece size the byte stream
 * is cut (or, when pieces are larger than frames, joined) at that size; each piece is a write of its own.
 */
export class Outgoing {
  readonly #socket: Socket
  #queue: Buffer[] = []
  #queuedBytes = 0
  #pieceBytes: number | null = null
  #held = false
  #pumping = false
  #ending = false
  #corked = false

  constructor(socket: Socket) {
    this.#socket = socket
  }

  /** Bytes that the kernel has not taken yet. */
  get pendingBytes(): number {
    return this.#socket.writableLength + this.#queuedBytes
  }

  send(bytes: Buffer): void {
    if (this.#ending || this.#socket.destroyed) return
    if (this.#held || this.#pieceBytes !== null || this.#queuedBytes > 0) {
      this.#queue.push(bytes)
      this.#queuedBytes += bytes.length
      this.#pump()
      return
    }
    if (!this.#corked) {
      this.#corked = true
      this.#socket.cork()
      process.nextTick(() => {
        this.#corked = false
        this.#socket.uncork()
      })
    }
    this.#socket.write(bytes)
  }

  setPiece(bytes: number | null): void {
    this.#pieceBytes = bytes
    this.#pump()
  }

  /** While held, nothing leaves. */
  hold(held: boolean): void {
    this.#held = held
    this.#pump()
  }

  /** Sends what is queued, then says that no more will come (a bare EOF for the client). */
  end(): void {
    this.#ending = true
    this.#pump()
  }

  #pump(): void {
    if (this.#pumping || this.#held) return
    const socket = this.#socket
    if (this.#queuedBytes === 0) {
      if (this.#ending) socket.end()
      return
    }
    this.#pumping = true
    socket.write(this.#take(), () => {
      setImmediate(() => {
        this.#pumping = false
        if (!socket.destroyed) this.#pump()
      })
    })
  }

  /** The next piece, or all that waits when pieces are off. */
  #take(): Buffer {
    const limit = this.#pieceBytes ?? this.#queuedBytes
    const taken: Buffer[] = []
    let length = 0
    let used = 0
    while (length < limit && used < this.#queue.length) {
      const first = this.#queue[used]!
      const part = first.subarray(0, limit - length)
      taken.push(part)
      length += part.length
      if (part.length < first.length) this.#queue[used] = first.subarray(part.length)
      else used += 1
    }
    this.#queue.splice(0, used)
    this.#queuedBytes -= length
    return taken.length === 1 ? taken[0]! : Buffer.concat(taken)
  }
}
