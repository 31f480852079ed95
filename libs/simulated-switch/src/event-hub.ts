import type { ClientConnection } from './client-connection.js'
import type { SwitchEvent } from './switch-event.js'

/** Above this a client counts as busy when events are played as fast as the sockets drain, bytes. */
const BUSY_BYTES = 1024 * 1024
const POLL_MS = 2

/** All clients. */
export class EventHub {
  readonly #connections = new Set<ClientConnection>()
  #waiting: { readonly clients: number; readonly resolve: () => void }[] = []
  #held = false
  #pieceBytes: number | null = null

  get size(): number {
    return this.#connections.size
  }

  get listeners(): number {
    let count = 0
    for (const connection of this.#connections) if (connection.listening) count += 1
    return count
  }

  add(connection: ClientConnection): void {
    this.#connections.add(connection)
    connection.outgoing.hold(this.#held)
    connection.outgoing.setPiece(this.#pieceBytes)
  }

  remove(connection: ClientConnection): void {
    this.#connections.delete(connection)
  }

  publish(event: SwitchEvent): void {
    for (const connection of this.#connections) connection.offer(event)
  }

  hold(held: boolean): void {
    this.#held = held
    for (const connection of this.#connections) connection.outgoing.hold(held)
  }

  setPiece(bytes: number | null): void {
    this.#pieceBytes = bytes
    for (const connection of this.#connections) connection.outgoing.setPiece(bytes)
  }

  /** Delivers what is queued, then cuts: what a client gets from a process that dies after its last write. */
  finishAll(): void {
    for (const connection of this.#connections) connection.finish()
  }

  destroyAll(): void {
    for (const connection of this.#connections) connection.destroy()
  }

  subscribed(): void {
    const { listeners } = this
    const ready = this.#waiting.filter((waiter) => waiter.clients <= listeners)
    this.#waiting = this.#waiting.filter((waiter) => waiter.clients > listeners)
    for (const waiter of ready) waiter.resolve()
  }

  /** Resolves once that many clients listen. */
  async whenSubscribed(clients: number): Promise<void> {
    if (this.listeners >= clients) return
    await new Promise<void>((resolve) => this.#waiting.push({ clients, resolve }))
  }

  /** Lets everybody who waits go on (the switch closes). */
  releaseWaiters(): void {
    for (const waiter of this.#waiting.splice(0)) waiter.resolve()
  }

  /** Resolves once no client is busy. One that takes no byte for `patienceMs` is cut off. */
  async drained(patienceMs: number): Promise<void> {
    const progress = new Map<ClientConnection, { bytes: number; since: number }>()
    for (;;) {
      const busy = [...this.#connections].filter((connection) => connection.pendingBytes > BUSY_BYTES)
      if (busy.length === 0) return
      const now = performance.now()
      for (const connection of busy) {
        const bytes = connection.pendingBytes
        const last = progress.get(connection)
        if (last === undefined || bytes < last.bytes || this.#held) progress.set(connection, { bytes, since: now })
        else if (now - last.since > patienceMs) connection.destroy()
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
  }
}
