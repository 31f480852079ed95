/** What an object store may be asked for. Each adapter checks it before it does anything. */
import { InvalidObjectRequestError, type ByteRange, type PutObject, type SignOptions } from './object-store.js'

const MOST_CHARACTERS = 512
/** A segment becomes the name of a file in one adapter, and file systems take 255 bytes. */
const MOST_IN_SEGMENT = 200
const SEGMENT = /^[A-Za-z0-9._=-]+$/
/** RFC 9110, 8.3.1: type, subtype and parameters, all in visible ASCII. */
const CONTENT_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?: ?; ?[\w!#$&^.+-]+=(?:[\w!#$&^.+-]+|"[ !#-[\]-~]*"))*$/
const SHA256 = /^[0-9a-f]{64}$/i
const WEEK_MS = 7 * 24 * 3600 * 1000

/**
 * Refuses a key that is not path-like: segments of letters, digits, `.`, `_`, `-` and `=`, joined by `/`, none of them
 * `.` or `..`, each of at most 200 characters, at most 512 in all. Throws {@link InvalidObjectRequestError}.
 */
export function checkObjectKey(key: string): void {
  const why = faultOfKey(key)
  if (why !== undefined) throw new InvalidObjectRequestError(`object key ${shown(key)} ${why}`)
}

/** Checks all but the body. */
export function checkPut({ key, contentType, sha256 }: PutObject): void {
  checkObjectKey(key)
  if (contentType.length > 255 || !CONTENT_TYPE.test(contentType))
    throw new InvalidObjectRequestError(`content type ${shown(contentType)} of ${key} is not valid`)
  if (sha256 !== undefined && !SHA256.test(sha256))
    throw new InvalidObjectRequestError(`checksum ${shown(sha256)} of ${key} is not a SHA-256 in hexadecimal`)
}

export function checkRange(range: ByteRange | undefined): void {
  if (range === undefined) return
  const { from, to = from } = range
  if (Number.isSafeInteger(from) && from >= 0 && Number.isSafeInteger(to) && to >= from) return
  throw new InvalidObjectRequestError(`there are no bytes ${from} to ${range.to ?? 'the end'}`)
}

/** Checks the expiry and gives it in whole seconds. */
export function checkExpiry({ expiresInMs }: SignOptions): number {
  if (expiresInMs > 0 && expiresInMs <= WEEK_MS) return Math.ceil(expiresInMs / 1000)
  throw new InvalidObjectRequestError(`an address cannot expire in ${expiresInMs} ms; 7 days at most`)
}

function faultOfKey(key: string): string | undefined {
  if (key === '') return 'is empty'
  if (key.length > MOST_CHARACTERS) return `is longer than ${MOST_CHARACTERS} characters`
  for (const segment of key.split('/')) {
    if (segment === '') return 'has an empty segment'
    if (segment === '.' || segment === '..') return 'has a segment . or ..'
    if (segment.length > MOST_IN_SEGMENT) return `has a segment of more than ${MOST_IN_SEGMENT} characters`
    if (!SEGMENT.test(segment)) return 'has other characters than letters, digits, . _ - = and /'
  }
  return undefined
}

/** As JSON, so that no character of it can disturb a log. */
function shown(text: string): string {
  return JSON.stringify(text.slice(0, 100))
}
