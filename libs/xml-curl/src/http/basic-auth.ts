import { createHash, timingSafeEqual } from 'node:crypto'

/** The only user there is. */
export const XML_CURL_USER = 'freeswitch'

/**
 * Whether an `Authorization` header is that of HTTP Basic (RFC 7617) with our user and the secret. How long it takes
 * says nothing about either.
 */
export function basicAuthCheck(secret: string): (header: string | undefined) => boolean {
  const expected = digest(`${XML_CURL_USER}:${secret}`)
  return (header) => {
    const encoded = /^Basic +([A-Za-z0-9+/=]{1,2000})$/i.exec(header ?? '')?.[1] ?? ''
    return timingSafeEqual(digest(Buffer.from(encoded, 'base64').toString('utf8')), expected)
  }
}

const digest = (text: string) => createHash('sha256').update(text, 'utf8').digest()
