import { setTimeout as pause } from 'node:timers/promises'
import type { ManagedVault } from './create-vault.js'

export interface StartRewrapOptions {
  readonly vault: Pick<ManagedVault, 'rewrap'>
  readonly logger: {
    info(fields: object, words: string): void
    warn(fields: object, words: string): void
  }
  /** After a failure it is tried again, ms. */
  readonly retryMs?: number
}

/** Seals everything anew with the current key beside the work of a process; for one that was given former keys. */
export function startRewrap({ vault, logger, retryMs = 30_000 }: StartRewrapOptions): { close(): Promise<void> } {
  const stop = new AbortController()
  const { signal } = stop
  async function run(): Promise<void> {
    while (!signal.aborted) {
      try {
        const done = await vault.rewrap({ signal })
        if (!signal.aborted) logger.info({ ...done }, 'everything in the vault is sealed with VAULT_KEY now')
        return
      } catch (err) {
        logger.warn({ err }, 'the vault could not be sealed anew; it is tried again')
        await pause(retryMs, undefined, { signal }).catch(() => undefined)
      }
    }
  }
  const running = run()
  return {
    async close() {
      stop.abort()
      await running
    },
  }
}
