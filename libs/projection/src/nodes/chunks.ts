const CHUNK = 1000

/** Parts small enough for one `IN (…)`. */
export function chunks<T>(items: readonly T[]): T[][] {
  const parts: T[][] = []
  for (let at = 0; at < items.length; at += CHUNK) parts.push(items.slice(at, at + CHUNK))
  return parts
}

export function marks(items: readonly unknown[]): string {
  return items.map(() => '?').join(', ')
}
