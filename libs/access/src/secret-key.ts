import { AccessError } from './access-error.js'

/** RFC 7518, 3.2: a key for HS256 has at least as many bits as the hash, 256. */
const MINIMUM_BYTES = 32

export function secretKey(secret: string): Uint8Array {
  const bytes = new TextEncoder().encode(secret)
  if (bytes.length < MINIMUM_BYTES) throw new AccessError('SECRET_TOO_SHORT')
  return bytes
}
