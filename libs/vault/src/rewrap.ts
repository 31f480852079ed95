import type { ViewStore } from '@trunkline/ports'
import type { MasterKeys } from './master-keys.js'
import { noteKey } from './key-register.js'
import type { PersonKeys } from './person-keys.js'
import type { Secrets } from './secrets.js'

export interface Rewrapped {
  readonly secrets: number
  readonly persons: number
}

export interface RewrapOptions {
  /** Stops it between two transactions; what was done stays done. */
  readonly signal?: AbortSignal
}

interface Parts extends RewrapOptions {
  readonly store: ViewStore
  readonly masters: MasterKeys
  readonly secrets: Secrets
  readonly persons: PersonKeys
}

/** Rows of one transaction: others wait for it. */
const BATCH = 200

export async function rewrapAll({ store, masters, secrets, persons, signal }: Parts): Promise<Rewrapped> {
  const done = { secrets: 0, persons: 0 }
  // rows are read and written in one transaction: one that is destroyed meanwhile must not come back
  for (let after = ''; ;) {
    const rows = await store.transaction(async (tx) => {
      await noteKey(tx, masters)
      return secrets.rewrap(tx, after, BATCH)
    })
    done.secrets += rows.length
    if (isAborted(signal)) return done
    if (rows.length < BATCH) break
    after = rows.at(-1)!.id
  }
  for (let after = ''; ;) {
    const rows = await store.transaction((tx) => persons.rewrap(tx, after, BATCH))
    done.persons += rows.length
    if (isAborted(signal)) return done
    if (rows.length < BATCH) break
    after = rows.at(-1)!.person_id
  }
  await forgetUnused(store, masters)
  return done
}

const isAborted = (signal: AbortSignal | undefined): boolean => signal?.aborted === true

/** A process that still has the former key may have used it meanwhile: only keys that nothing names are forgotten. */
async function forgetUnused(store: ViewStore, masters: MasterKeys): Promise<void> {
  await store.transaction((tx) =>
    tx.run(
      `DELETE FROM vault_keys WHERE id <> ?
       AND id NOT IN (SELECT master FROM vault_secrets) AND id NOT IN (SELECT master FROM vault_persons)`,
      [masters.current.id],
    ),
  )
}
