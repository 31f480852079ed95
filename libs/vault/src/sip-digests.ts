import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { SipDigests } from './vault.js'
import { VaultError } from './vault-error.js'

export interface SipCredential {
  readonly username: string
  /** Realm and domain are the same here. */
  readonly domain: string
  readonly password: string
}

/**
 * HA1 by RFC 2617, 3.2.2.2, and HA1B as Kamailio's auth_db has it for phones that give `user@domain` as user name. Both
 * are for text as it is: whoever compares names without regard to case passes them in lower case.
 */
export function sipDigests({ username, domain, password }: SipCredential): SipDigests {
  return { ha1: md5(`${username}:${domain}:${password}`), ha1b: md5(`${username}@${domain}:${domain}:${password}`) }
}

const md5 = (text: string) => createHash('md5').update(text, 'utf8').digest('hex')

const hash = z.string().regex(/^[0-9a-f]{32}$/)
const stored = z.object({ ha1: hash, ha1b: hash })

/** The text under which the digests of a SIP user are kept as a secret. */
export function digestsToText({ ha1, ha1b }: SipDigests): string {
  return JSON.stringify({ ha1, ha1b })
}

/** Throws `MALFORMED`. */
export function digestsFromText(text: string): SipDigests {
  try {
    return stored.parse(JSON.parse(text))
  } catch {
    throw new VaultError('MALFORMED', 'digests of a SIP user')
  }
}
