/**
 * What a thing was created with, as text that can be compared: keys in order, without the claim, and without sealed data,
 * which may be sealed anew each time. A create command that comes again finds its own birth and changes nothing.
 */
export function birthOf(data: unknown): string {
  return JSON.stringify(ordered(data)) ?? ''
}

/** Equality of plain data, whatever the order of keys. */
export function sameData(a: unknown, b: unknown): boolean {
  return JSON.stringify(ordered(a, true)) === JSON.stringify(ordered(b, true))
}

function ordered(value: unknown, whole = false): unknown {
  if (Array.isArray(value)) return value.map((item) => ordered(item, whole))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  const kept = whole ? entries : entries.filter(([key, inner]) => key !== 'claimId' && !isSealed(inner))
  return Object.fromEntries(kept.map(([key, inner]) => [key, ordered(inner, whole)]))
}

function isSealed(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'keyId' in value && 'text' in value
}
