/**
 * Sealed text, version 1: `v1.KEY.NONCE.BODY`. KEY is the id of the key, NONCE 96 random bits, BODY the ciphertext of
 * AES-256-GCM with its tag of 128 bits; both in Base64 for URLs, without padding. What the text is, and whose, is bound
 * in as additional data (NIST SP 800-38D), together with the version and the key's id.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { VaultError } from './vault-error.js'

const VERSION = 'v1'
const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16
const FORM = /^v1\.([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{16})\.([A-Za-z0-9_-]{22,})$/

export interface SealKey {
  /** Letters, digits, `_` and `-`. */
  readonly id: string
  readonly bytes: Buffer
}

/** Says what a text is and whose: parts that may hold any text, since they are kept apart. */
export type SealPlace = readonly string[]

/** Text that UTF-8 cannot hold is refused: it would come back as another. Throws `INPUT_INVALID`. */
export function seal(key: SealKey, text: string, place: SealPlace): string {
  if (!text.isWellFormed()) throw new VaultError('INPUT_INVALID', 'text with half of a character')
  return sealBytes(key, Buffer.from(text, 'utf8'), place)
}

/** Throws `MALFORMED` or `NOT_AUTHENTIC`. */
export function unseal(key: SealKey, sealed: string, place: SealPlace): string {
  return unsealBytes(key, sealed, place).toString('utf8')
}

export function sealBytes(key: SealKey, bytes: Buffer, place: SealPlace): string {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, key.bytes, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(bound(key.id, place))
  const body = Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()])
  return `${VERSION}.${key.id}.${nonce.toString('base64url')}.${body.toString('base64url')}`
}

export function unsealBytes(key: SealKey, sealed: string, place: SealPlace): Buffer {
  const { keyId, nonce, body } = parse(sealed)
  if (keyId !== key.id) throw new VaultError('NOT_AUTHENTIC')
  const end = body.length - TAG_BYTES
  const decipher = createDecipheriv(CIPHER, key.bytes, nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(bound(key.id, place))
  decipher.setAuthTag(body.subarray(end))
  try {
    return Buffer.concat([decipher.update(body.subarray(0, end)), decipher.final()])
  } catch {
    throw new VaultError('NOT_AUTHENTIC')
  }
}

/** The id of the key that opens a sealed text. Throws `MALFORMED`. */
export function sealedBy(sealed: string): string {
  return parse(sealed).keyId
}

function parse(sealed: string): { keyId: string; nonce: Buffer; body: Buffer } {
  const match = FORM.exec(sealed)
  if (match === null) throw new VaultError('MALFORMED')
  const [, keyId = '', nonce = '', body = ''] = match
  return { keyId, nonce: decode(nonce), body: decode(body) }
}

/** Base64 whose last letter has bits to spare could be written in several ways: only the one that we write counts. */
function decode(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.toString('base64url') !== text) throw new VaultError('MALFORMED')
  return bytes
}

function bound(keyId: string, place: SealPlace): Buffer {
  return Buffer.from(JSON.stringify([VERSION, keyId, ...place]), 'utf8')
}
