/** Tables of the vault. They are no views: no rebuild makes them anew, and what is lost here is lost. */
import type { TableDefinition } from '@trunkline/ports'

export const vaultSecretsTable = {
  name: 'vault_secrets',
  key: ['id'],
  /** `master`: id of the key that `sealed` is sealed with. */
  columns: { id: 'text', purpose: 'text', master: 'text', sealed: 'text' },
} as const satisfies TableDefinition

/** One key a person, for ever: an erased one stays as a row without a key, so that no other is made in its place. */
export const vaultPersonsTable = {
  name: 'vault_persons',
  key: ['person_id'],
  columns: { person_id: 'text', key_id: 'text', master: 'text', wrapped: 'text', erased: 'boolean' },
  indexes: { vault_persons_key: ['key_id'] },
} as const satisfies TableDefinition

/** Keys that something in the tables above may be sealed with. */
export const vaultKeysTable = {
  name: 'vault_keys',
  key: ['id'],
  columns: { id: 'text' },
} as const satisfies TableDefinition

export const VAULT_TABLES: readonly TableDefinition[] = [vaultSecretsTable, vaultPersonsTable, vaultKeysTable]

/** Values of one `IN (…)`: SQLite takes 32766 parameters, and gains nothing from many. */
const CHUNK = 500

export function chunks<T>(items: readonly T[], size = CHUNK): T[][] {
  const parts: T[][] = []
  for (let at = 0; at < items.length; at += size) parts.push(items.slice(at, at + size))
  return parts
}

export const marks = (items: readonly unknown[]): string => items.map(() => '?').join(', ')
