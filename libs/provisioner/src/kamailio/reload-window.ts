/** What Kamailio loads anew as a whole, and refuses to do twice within `reload_delta` (5 s by default). */
export type ReloadMethod = 'dispatcher.reload' | 'permissions.addressReload' | 'dialplan.reload' | 'mtree.reload'

export const RELOAD_EVERY_MS = 6000

interface Waiting {
  readonly done: Promise<void>
}

/**
 * Joins reloads of one server: the first is done at once, those that are asked for within 6 s of one are done together
 * when these are over. Whoever asks is told when a reload that began after the question is done.
 */
export class ReloadWindow {
  readonly #reload: (method: ReloadMethod) => Promise<void>
  readonly #everyMs: number
  readonly #begunAt = new Map<ReloadMethod, number>()
  readonly #waiting = new Map<ReloadMethod, Waiting>()
  readonly #running = new Map<ReloadMethod, Promise<void>>()

  constructor(reload: (method: ReloadMethod) => Promise<void>, everyMs = RELOAD_EVERY_MS) {
    this.#reload = reload
    this.#everyMs = everyMs
  }

  /** A reload is asked for or under way: what the server has is about to be old. */
  isPending(method: ReloadMethod): boolean {
    return this.#waiting.has(method) || this.#running.has(method)
  }

  /** Rejects with what the server said. */
  request(method: ReloadMethod): Promise<void> {
    const waiting = this.#waiting.get(method)
    if (waiting !== undefined) return waiting.done
    const done = this.#next(method)
    // it may be asked for by several, or by nobody any more
    done.catch(() => undefined)
    this.#waiting.set(method, { done })
    return done
  }

  async #next(method: ReloadMethod): Promise<void> {
    await this.#running.get(method)?.catch(() => undefined)
    const leftMs = (this.#begunAt.get(method) ?? -Infinity) + this.#everyMs - performance.now()
    if (leftMs > 0) await new Promise((resolve) => setTimeout(resolve, leftMs))
    // from here on a question is too late for this one
    this.#waiting.delete(method)
    this.#begunAt.set(method, performance.now())
    const running = this.#reload(method)
    this.#running.set(method, running)
    try {
      await running
    } finally {
      if (this.#running.get(method) === running) this.#running.delete(method)
    }
  }
}
