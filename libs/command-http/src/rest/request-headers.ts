import type { IncomingHttpHeaders } from 'node:http'
import { Problem } from './problem.js'

/** 1 to 128 printable characters; in quotes, as a structured field has it, they are taken off. Throws a {@link Problem}. */
export function idempotencyKey(headers: IncomingHttpHeaders): string {
  const value = single(headers['idempotency-key'])
  if (value === undefined) throw new Problem('IDEMPOTENCY_KEY_MISSING')
  const key = /^"(.*)"$/.exec(value)?.[1] ?? value
  if (!/^[\x21-\x7e]{1,128}$/.test(key)) throw new Problem('KEY_INVALID')
  return key
}

/**
 * The revision of `If-Match: "5"`; undefined without the header and for `*`. Weak tags never match (RFC 9110, 13.1.1). An
 * empty one is refused: whoever sends it wanted to be careful, and has lost the tag.
 */
export function expectedRevision(headers: IncomingHttpHeaders): number | undefined {
  const value = headers['if-match']?.trim()
  if (value === undefined || value === '*') return undefined
  const digits = /^"(\d{1,15})"$/.exec(value)?.[1]
  if (digits === undefined) throw new Problem('IF_MATCH_INVALID')
  return Number(digits)
}

export const etag = (revision: number) => `"${revision}"`

function single(value: string | string[] | undefined): string | undefined {
  const text = Array.isArray(value) ? value.join(', ') : value
  return text === undefined || text.trim() === '' ? undefined : text.trim()
}
