import { createHash } from 'node:crypto'

/**
 * A UUID that follows from its parts alone (RFC 9562, version 8: of our own making, a hash as in version 5). The same
 * command sent again thus means the same ids, in whatever process it is done.
 */
export function derivedId(...parts: readonly (string | number)[]): string {
  const hash = createHash('sha256')
    .update(JSON.stringify(parts.map(String)), 'utf8')
    .digest()
  hash[6] = (hash[6]! & 0x0f) | 0x80
  hash[8] = (hash[8]! & 0x3f) | 0x80
  const hex = hash.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
}
