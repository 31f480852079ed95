import type { Credentials, KurrentDBClient } from '@kurrent/kurrentdb-client'
import { EventStoreUnavailableError } from '@trunkline/ports'
import { closeClient, createClient } from './kurrent-client.js'
import { isNotLeader, translate } from './kurrent-errors.js'
import type { KurrentUrl } from './kurrent-url.js'

/** Given with every call. */
export interface CallOptions {
  /** With each call, since the client's two halves decode those of the address differently. */
  readonly credentials?: Credentials
}

/** Nothing came for as long as the deadline says. */
class LateError extends Error {}

/** The error of {@link KurrentConnection.run} when the server was there, perhaps, and did not answer in time. */
export function isLate(error: unknown): boolean {
  return error instanceof EventStoreUnavailableError && error.cause instanceof LateError
}

/**
 * The client in use. After a failure it is replaced: the half of the client that reads never connects again once a
 * connection has failed, and one that does not answer in time may never answer.
 */
export class KurrentConnection {
  readonly #url: KurrentUrl
  readonly #deadlineMs: number
  #current: KurrentDBClient | undefined
  #closed = false

  /** Throws {@link KurrentUrlError} when the client cannot do with the address. Connects to nothing yet. */
  constructor(url: KurrentUrl, deadlineMs: number) {
    this.#url = url
    this.#deadlineMs = deadlineMs
    this.#current = createClient(url)
  }

  get call(): CallOptions {
    return this.#url.credentials === undefined ? {} : { credentials: this.#url.credentials }
  }

  get deadlineMs(): number {
    return this.#deadlineMs
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Throws a retryable error once closed. */
  client(): KurrentDBClient {
    if (this.#closed) throw new EventStoreUnavailableError('the event store is closed')
    this.#current ??= createClient(this.#url)
    return this.#current
  }

  /**
   * Runs work on the client. Throws errors of the port: unavailable when it fails, or when `alive` is not called
   * for as long as the deadline says.
   */
  async run<T>(work: (client: KurrentDBClient, alive: () => void) => Promise<T>): Promise<T> {
    let client: KurrentDBClient | undefined
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(
      () => late.reject(new LateError(`no answer within ${this.#deadlineMs} ms`)),
      this.#deadlineMs,
    )
    try {
      client = this.client()
      return await Promise.race([work(client, () => timer.refresh()), late.promise])
    } catch (error) {
      const translated = translate(error, this.#url.hosts)
      // A client that was told who leads goes there by itself.
      if (client !== undefined && translated instanceof EventStoreUnavailableError && !isNotLeader(error))
        this.renew(client)
      throw translated
    } finally {
      clearTimeout(timer)
    }
  }

  /** The client has failed: the next call gets a new one. What still runs on the old one is let run, and cut off later. */
  renew(failed: KurrentDBClient): void {
    if (this.#current !== failed) return
    this.#current = undefined
    setTimeout(() => void closeClient(failed), this.#deadlineMs).unref()
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    const client = this.#current
    this.#current = undefined
    if (client !== undefined) await closeClient(client)
  }
}
