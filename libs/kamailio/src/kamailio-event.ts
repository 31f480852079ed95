import { WIRE_FIELDS } from './wire-fields.js'

/** One event as Kamailio wrote it, with text decoded. `boot` and `seq` name it: `seq` counts from 1 in each process. */
export interface KamailioEvent {
  readonly boot: string
  readonly seq: number
  /** µs since 1970 by Kamailio's clock. */
  readonly timeUs: number
  /** reg.new, call.start, … */
  readonly name: string
  readonly fields: Readonly<Record<string, string | number>>
}

/** An entry of the stream that is no event. Never skipped in silence. */
export class UnreadableEventError extends Error {
  readonly code = 'UNREADABLE_EVENT'
  readonly retryable = false
}

/** An event of a kind that this version does not know: counted and told to the operator, and no loss of known ones. */
export class UnknownEventError extends Error {
  readonly code = 'UNKNOWN_EVENT'
  readonly retryable = false

  constructor(readonly eventName: string) {
    super(`unknown event ${eventName.slice(0, 64)}`)
  }
}

/** Reads one entry. Throws {@link UnreadableEventError}. */
export function parseKamailioEvent(json: string): KamailioEvent {
  let parsed: unknown
  try {
    parsed = JSON.parse(json)
  } catch {
    throw new UnreadableEventError('no JSON')
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new UnreadableEventError('no object')
  const { v, boot, seq, ts, ev, b64, ...rest } = parsed as Record<string, unknown>
  if (ev === 'encode.error') throw new UnreadableEventError('Kamailio could not encode it')
  if (v !== 1) throw new UnreadableEventError(`version ${String(v).slice(0, 20)}`)
  if (typeof boot !== 'string' || boot === '') throw new UnreadableEventError('no boot id')
  if (typeof seq !== 'number' || !Number.isSafeInteger(seq) || seq < 1) throw new UnreadableEventError('no seq')
  if (typeof ev !== 'string') throw new UnreadableEventError('no name')
  const fields: Record<string, string | number> = {}
  for (const [name, value] of Object.entries(rest)) {
    if (typeof value === 'string' || typeof value === 'number') fields[name] = value
  }
  if (b64 === 1) {
    for (const name of WIRE_FIELDS) {
      const value = fields[name]
      if (typeof value === 'string') fields[name] = decoded(value)
    }
    // sent plain by some configurations; what decodes to a method's name was encoded
    const method = decoded(String(fields['method'] ?? ''))
    if (/^[A-Z]{3,20}$/.test(method)) fields['method'] = method
  }
  return { boot, seq, timeUs: microsOf(ts), name: ev, fields }
}

function decoded(value: string): string {
  return Buffer.from(value, 'base64').toString('utf8')
}

/** `sec.usec` → µs. */
export function microsOf(value: unknown): number {
  const match = /^(\d{1,11})\.(\d{1,6})$/.exec(String(value))
  if (match === null) throw new UnreadableEventError('no time')
  return Number(match[1]) * 1_000_000 + Number(match[2]!.padEnd(6, '0'))
}
