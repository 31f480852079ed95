import { randomUUID } from 'node:crypto'
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

/** The revision of `If-Match: "5"`; undefined without the header and for `*`. Weak tags never match (RFC 9110, 13.1.1). */
export function expectedRevision(headers: IncomingHttpHeaders): number | undefined {
  const value = single(headers['if-match'])
  if (value === undefined || value === '*') return undefined
  const digits = /^"(\d{1,15})"$/.exec(value)?.[1]
  if (digits === undefined) throw new Problem('IF_MATCH_INVALID')
  return Number(digits)
}

export const etag = (revision: number) => `"${revision}"`

/** Identifies the request in logs and events: what the sender gives, else the trace that it belongs to, else a new id. */
export function correlationOf(headers: IncomingHttpHeaders): string {
  const given = single(headers['x-correlation-id'])
  if (given !== undefined && /^[\x21-\x7e]{1,128}$/.test(given)) return given
  return traceparentOf(headers)?.slice(3, 35) ?? randomUUID()
}

/** W3C Trace Context; undefined when it is missing or broken. */
export function traceparentOf(headers: IncomingHttpHeaders): string | undefined {
  const value = single(headers['traceparent'])
  return value !== undefined && /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/.test(value)
    ? value
    : undefined
}

function single(value: string | string[] | undefined): string | undefined {
  const text = Array.isArray(value) ? value.join(', ') : value
  return text === undefined || text.trim() === '' ? undefined : text.trim()
}
