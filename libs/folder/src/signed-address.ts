/** Addresses that prove by themselves that they may be used: HMAC-SHA256 over key, expiry and file name. */
import { createHmac, timingSafeEqual } from 'node:crypto'

export interface Signing {
  /** Shared by whoever signs and whoever serves; at least 16 characters. */
  readonly secret: string
  /** Where the route is reached from outside: `https://pbx.example/objects`. */
  readonly baseUrl: string
}

export interface Grant {
  readonly key: string
  /** Seconds since 1970 from which on it is void. */
  readonly expires: number
  readonly filename: string | undefined
}

export function signedAddress({ secret, baseUrl }: Signing, grant: Grant): string {
  const query = new URLSearchParams({ expires: String(grant.expires) })
  if (grant.filename !== undefined) query.set('filename', grant.filename)
  query.set('signature', signature(secret, grant).toString('base64url'))
  return `${baseUrl.replace(/\/+$/, '')}/${grant.key}?${query.toString()}`
}

/** What the query of an address grants for a key; undefined when it was tampered with. */
export function readGrant(secret: string, key: string, query: URLSearchParams): Grant | undefined {
  const names = [...query.keys()]
  if (new Set(names).size !== names.length) return undefined
  const expires = query.get('expires') ?? ''
  if (!/^\d{1,15}$/.test(expires)) return undefined
  const grant = { key, expires: Number(expires), filename: query.get('filename') ?? undefined }
  const given = Buffer.from(query.get('signature') ?? '', 'base64url')
  const right = signature(secret, grant)
  return given.length === right.length && timingSafeEqual(given, right) ? grant : undefined
}

function signature(secret: string, { key, expires, filename }: Grant): Buffer {
  // As JSON, so that no two grants have one text.
  const text = JSON.stringify(['trunkline object 1', key, expires, filename ?? null])
  return createHmac('sha256', secret).update(text).digest()
}
