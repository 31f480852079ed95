import { createHash } from 'node:crypto'
import type { Vault } from '@trunkline/vault'

type Sealer = Pick<Vault, 'sealText' | 'openText'>

/**
 * Tells whether the same thing was sent again, without keeping it: the hash is sealed, since a bare one would let
 * whoever reads the table try passwords on it.
 */
export function sealFingerprint(vault: Sealer, sent: unknown, context: string): string {
  return vault.sealText(hashOf(sent), context)
}

export function isSameSent(vault: Sealer, fingerprint: string, { sent, context }: { sent: unknown; context: string }) {
  return vault.openText(fingerprint, context) === hashOf(sent)
}

function hashOf(sent: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(ordered(sent)), 'utf8')
    .digest('base64url')
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, inner]) => [key, ordered(inner)]))
}
