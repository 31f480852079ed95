import type { Logger } from './logger.js'

export interface ShutdownOptions {
  readonly logger: Logger
  /** Most time for all steps together, ms; 15,000 by default. */
  readonly limitMs?: number
  readonly exit?: (code: number) => void
  /** Called first, at the signal. */
  readonly onBegin?: () => void
}

type Step = { readonly name: string; readonly stop: () => Promise<void> | void }

/**
 * Ends the process in order: what was added last is stopped first (listeners before the projector, that before
 * the stores). SIGTERM and SIGINT begin it, a second signal ends at once, and so does the time limit.
 */
export class Shutdown {
  readonly #options: ShutdownOptions
  readonly #steps: Step[] = []
  readonly #onSignal = (signal: NodeJS.Signals) => this.#signal(signal)
  #running: Promise<boolean> | undefined

  constructor(options: ShutdownOptions) {
    this.#options = options
  }

  /** Adds what must be stopped, right after it was started. */
  add(name: string, stop: Step['stop']): void {
    this.#steps.push({ name, stop })
  }

  listen(): void {
    process.on('SIGTERM', this.#onSignal)
    process.on('SIGINT', this.#onSignal)
  }

  /** Runs all steps, each to its end or failure. Tells whether all went well. */
  run(): Promise<boolean> {
    this.#running ??= this.#run()
    return this.#running
  }

  async #run(): Promise<boolean> {
    const { logger, onBegin } = this.#options
    onBegin?.()
    let well = true
    for (const { name, stop } of this.#steps.toReversed()) {
      try {
        await stop()
        logger.debug({ step: name }, 'stopped')
      } catch (error) {
        well = false
        logger.error({ step: name, err: error }, 'could not be stopped')
      }
    }
    process.off('SIGTERM', this.#onSignal)
    process.off('SIGINT', this.#onSignal)
    return well
  }

  #signal(signal: NodeJS.Signals): void {
    const { logger, limitMs = 15_000, exit = (code) => process.exit(code) } = this.#options
    if (this.#running !== undefined) {
      logger.warn({ signal }, 'second signal: ending at once')
      exit(130)
      return
    }
    logger.info({ signal }, 'stopping')
    setTimeout(() => {
      logger.error({ limitMs }, 'stopping took too long: ending at once')
      exit(1)
    }, limitMs).unref()
    void this.run().then((well) => {
      logger.info({ well }, 'stopped')
      exit(well ? 0 : 1)
    })
  }
}
