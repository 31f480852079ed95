import { createCommander, type BulkUsers, type Commander } from '@trunkline/commands'
import type { EventStore, ViewStore } from '@trunkline/ports'
import { createThings, type Things } from '@trunkline/provisioning-views'
import type { Config, Logger } from '@trunkline/runtime'
import { createVault, developmentVaultKey, startRewrap, type Vault } from '@trunkline/vault'
import { reconcilingBy, type Reconciling } from './reconciling.js'

/** What takes commands, and what they work with. */
export interface WriteSide {
  readonly commander: Commander
  readonly bulk: BulkUsers
  readonly vault: Vault
  readonly things: Things
  readonly reconciling: Reconciling
  /** host or host:port that phones register at; the SIP domain of the user when undefined. */
  readonly phoneServer: string | undefined
}

export interface RunningWriteSide extends WriteSide {
  /** Waits for what is being done; the stores stay open. */
  close(): Promise<void>
}

export interface WriteSideOptions {
  readonly eventStore: EventStore
  readonly viewStore: ViewStore
  readonly keys: VaultKeys
  readonly phoneServer?: string | undefined
  readonly logger: Logger
}

export interface VaultKeys {
  /** 32 bytes. */
  readonly key: Buffer
  readonly formerKeys: readonly Buffer[]
}

/** What is said wherever commands are refused for want of a key. */
export const VAULT_KEY_MISSING =
  'VAULT_KEY must be set to take commands in production; `openssl rand -hex 32` makes one. Keep it safe: whoever loses it loses all credentials.'

/** The keys of the vault; in development one is made and kept in the data folder. Undefined: commands cannot be taken. */
export function vaultKeysOf({
  vault,
  mode,
  dataDir,
}: Pick<Config, 'vault' | 'mode' | 'dataDir'>): VaultKeys | undefined {
  const key = vault.key ?? (mode === 'development' ? developmentVaultKey(dataDir) : undefined)
  return key === undefined ? undefined : { key, formerKeys: vault.formerKeys }
}

/** Starts what takes commands in this process. Rejects when a store is away, or the vault was sealed with another key. */
export async function startWriteSide(options: WriteSideOptions): Promise<RunningWriteSide> {
  const { eventStore, viewStore, keys, logger } = options
  const vault = await createVault({ store: viewStore, ...keys })
  const things = createThings(viewStore)
  const commander = await createCommander({ eventStore, things, vault, viewStore, logger })
  const rewrapping = keys.formerKeys.length === 0 ? undefined : startRewrap({ vault, logger })
  return {
    commander,
    bulk: commander.bulk,
    vault,
    things,
    reconciling: reconcilingBy(viewStore),
    phoneServer: options.phoneServer,
    async close() {
      await rewrapping?.close()
      await commander.close()
    },
  }
}
