import type { Duplex } from 'node:stream'
import { headerLength, writeHeader } from './text-frame.js'

/** A message as up to two parts and a closing brace: `head` differs by subscription, `body` is shared by many. */
interface Message {
  readonly head: Buffer
  readonly body: Buffer | undefined
}

const BRACE = '}'.charCodeAt(0)

/**
 * Text messages for one socket. What is put in during one turn goes out as one write; a shared body is copied into
 * it, never encoded again.
 */
export class FrameQueue {
  private waiting: Message[] = []
  private bytes = 0
  private scheduled = false
  private drains: (() => void)[] = []

  constructor(private readonly socket: Duplex) {
    socket.on('drain', () => this.settleDrains())
    socket.on('close', () => this.settleDrains())
  }

  /** Bytes that the client has not taken yet, as far as this process knows. */
  get pending(): number {
    return this.bytes + this.socket.writableLength
  }

  /** A whole message. */
  text(message: string): void {
    this.push({ head: Buffer.from(message), body: undefined })
  }

  /** `head` + `body` + `}`. */
  shared(head: Buffer, body: Buffer): void {
    this.push({ head, body })
  }

  /** Resolves when the socket has taken everything, or is gone. */
  drained(): Promise<void> {
    this.flush()
    if (!this.socket.writable || !this.socket.writableNeedDrain) return Promise.resolve()
    return new Promise((resolve) => this.drains.push(resolve))
  }

  flush(): void {
    this.scheduled = false
    if (this.waiting.length === 0) return
    const messages = this.waiting
    this.waiting = []
    const bytes = this.bytes
    this.bytes = 0
    if (this.socket.writable) this.socket.write(join(messages, bytes))
  }

  private push(message: Message): void {
    if (!this.socket.writable) return
    const length = payloadLength(message)
    this.waiting.push(message)
    this.bytes += headerLength(length) + length
    if (this.scheduled) return
    this.scheduled = true
    queueMicrotask(() => this.flush())
  }

  private settleDrains(): void {
    for (const resolve of this.drains.splice(0)) resolve()
  }
}

function payloadLength({ head, body }: Message): number {
  return body === undefined ? head.length : head.length + body.length + 1
}

function join(messages: readonly Message[], bytes: number): Buffer {
  const out = Buffer.allocUnsafe(bytes)
  let offset = 0
  for (const message of messages) {
    offset = writeHeader(out, offset, payloadLength(message))
    out.set(message.head, offset)
    offset += message.head.length
    if (message.body === undefined) continue
    out.set(message.body, offset)
    offset += message.body.length
    out[offset++] = BRACE
  }
  return out
}
