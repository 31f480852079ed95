import { isIP } from 'node:net'
import type { ConnectionOptions, SslOptions } from 'mysql2'

/** MYSQL_URL cannot be read; the message says why and never holds the password. */
export class BadMysqlUrlError extends Error {
  readonly code = 'BAD_MYSQL_URL'
  readonly retryable = false
}

const EXAMPLE = 'mysql://user:password@host:3306/database'

/**
 * Reads `mysql://user:password@host:3306/database`. `?ssl=true` demands TLS with a certificate that is trusted and made for
 * the host's name (the driver cannot compare addresses), `?ssl=insecure` TLS with any. Special characters in user and
 * password are percent-encoded. Throws {@link BadMysqlUrlError}.
 */
export function parseMysqlUrl(text: string): ConnectionOptions & { readonly database: string } {
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw new BadMysqlUrlError(`MYSQL_URL is no address; it should look like ${EXAMPLE}`)
  }
  if (url.protocol !== 'mysql:' && url.protocol !== 'mariadb:') {
    throw new BadMysqlUrlError(`MYSQL_URL begins with ${url.protocol}//, should be ${EXAMPLE}`)
  }
  const database = decode(url.pathname.slice(1))
  if (url.hostname === '') throw new BadMysqlUrlError(`MYSQL_URL names no host; it should look like ${EXAMPLE}`)
  if (!/^[^/`\0]{1,64}$/.test(database)) {
    throw new BadMysqlUrlError(`MYSQL_URL names no database; it should look like ${EXAMPLE}`)
  }
  const ssl = url.searchParams.get('ssl') ?? 'false'
  if (!['true', 'false', 'insecure'].includes(ssl)) {
    throw new BadMysqlUrlError(`MYSQL_URL: ssl is ${ssl}, should be true, false or insecure`)
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  return {
    host,
    port: url.port === '' ? 3306 : Number(url.port),
    user: decode(url.username),
    password: decode(url.password),
    database,
    ...(ssl === 'false' ? {} : { ssl: ssl === 'true' ? trusted(host) : { rejectUnauthorized: false } }),
  }
}

/** The driver's own default takes a trusted certificate of any name, and so whoever has one. */
function trusted(host: string): SslOptions {
  return { rejectUnauthorized: true, verifyIdentity: isIP(host) === 0 }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new BadMysqlUrlError('MYSQL_URL holds a % that begins no percent-encoding; write %25 for a %')
  }
}
