/** Bodies of `text/event-json` and `text/event-plain` as events. Invalid UTF-8 becomes U+FFFD; nothing throws. */
import { lengthOf, parseHeaders } from './header-block.js'
import type { SwitchEvent } from './translate/event.js'

/** Undefined when the body is no JSON object. */
export function decodeJsonEvent(body: Buffer): SwitchEvent | undefined {
  try {
    const event: unknown = JSON.parse(body.toString('utf8', 0, body.length))
    return typeof event === 'object' && event !== null && !Array.isArray(event) ? (event as SwitchEvent) : undefined
  } catch {
    return undefined
  }
}

/** Undefined when the body has no header block, or less behind it than its own Content-Length says. */
export function decodePlainEvent(body: Buffer): SwitchEvent | undefined {
  const end = body.indexOf('\n\n')
  if (end <= 0) return undefined
  const headers = parseHeaders(body.toString('latin1', 0, end))
  const length = lengthOf(headers)
  if (end + 2 + length > body.length) return undefined
  const event: Record<string, string | readonly string[]> = {}
  for (const [name, value] of headers) event[name] = plainValue(value)
  if (length > 0) event['_body'] = body.toString('utf8', end + 2, end + 2 + length)
  return event
}

/** Several values of one variable travel as `ARRAY::a|:b`. */
function plainValue(value: string): string | readonly string[] {
  const text = percentDecode(value)
  return text.startsWith('ARRAY::') ? text.slice('ARRAY::'.length).split('|:') : text
}

/** Decodes %XX to bytes and the bytes as UTF-8; what is no valid escape stays as it is. */
export function percentDecode(value: string): string {
  if (!value.includes('%')) return Buffer.from(value, 'latin1').toString('utf8')
  const bytes = Buffer.allocUnsafe(value.length)
  let length = 0
  for (let at = 0; at < value.length; at++) {
    const hex = value[at] === '%' ? value.slice(at + 1, at + 3) : ''
    if (/^[0-9a-fA-F]{2}$/.test(hex)) {
      bytes[length++] = Number.parseInt(hex, 16)
      at += 2
    } else bytes[length++] = value.charCodeAt(at)
  }
  return bytes.toString('utf8', 0, length)
}
