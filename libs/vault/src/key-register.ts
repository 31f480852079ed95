import type { ViewStore, ViewTransaction } from '@trunkline/ports'
import type { MasterKeys } from './master-keys.js'
import { VaultError } from './vault-error.js'
import { vaultKeysTable } from './vault-tables.js'

/** Throws `KEY_UNKNOWN` when something was sealed with a key that this process was not given. */
export async function checkKeys(store: Pick<ViewStore, 'all'>, keys: MasterKeys): Promise<void> {
  const used = await store.all<{ id: string }>('SELECT id FROM vault_keys ORDER BY id')
  const unknown = used.map(({ id }) => id).filter((id) => !keys.has(id))
  if (unknown.length > 0) throw new VaultError('KEY_UNKNOWN', `key ${unknown.join(', ')}`)
}

/** Notes, in the transaction that writes what is sealed with it, that the current key is in use. */
export async function noteKey(tx: ViewTransaction, keys: MasterKeys): Promise<void> {
  const { id } = keys.current
  const known = await tx.all('SELECT id FROM vault_keys WHERE id = ?', [id])
  if (known.length === 0) await tx.upsert(vaultKeysTable, [{ id }])
}
