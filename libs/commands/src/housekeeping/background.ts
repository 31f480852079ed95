import { setTimeout as pause } from 'node:timers/promises'
import type { CommandsLogger } from '../core/dependencies.js'

export interface Chore {
  readonly name: string
  readonly everyMs: number
  work(signal: AbortSignal): Promise<void>
}

/** Does chores again and again, each by itself; one that fails is tried again when its time comes. */
export class Background {
  readonly #stop = new AbortController()
  readonly #running: Promise<void>[]

  constructor(chores: readonly Chore[], logger: CommandsLogger) {
    this.#running = chores.map((chore) => this.#repeat(chore, logger))
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await Promise.all(this.#running)
  }

  async #repeat({ name, everyMs, work }: Chore, logger: CommandsLogger): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        await work(signal)
      } catch (error) {
        logger.warn({ err: error, chore: name }, 'a chore has failed and will be tried again')
      }
      await pause(everyMs, undefined, { signal }).catch(() => undefined)
    }
  }
}
