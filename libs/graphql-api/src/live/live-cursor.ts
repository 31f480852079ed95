import type { Position } from '@trunkline/ports'
import { ApiError } from '../errors/index.js'

/** How far one partition of a stream has been delivered. */
export interface Place {
  /** `meta.seq` of the last record that was delivered or is contained in the snapshot. */
  readonly seq: number
  /** Where to read on; at or before the record after `seq`. Undefined: from the beginning. */
  readonly position: Position | undefined
}

export interface LiveCursor {
  /** One place per partition. */
  readonly places: readonly Place[]
  /** When it was made, ms since 1970. */
  readonly at: number
}

const VERSION = 1
const MAXIMUM_LENGTH = 4096
const POSITION = /^[\w.:-]{1,64}$/

/** Opaque text of a cursor: base64url of `[1, stream, at, [seq, position], …]`. */
export function encodeCursor(stream: string, { places, at }: LiveCursor): string {
  const list = places.map(({ seq, position }) => (position === undefined ? [seq] : [seq, position]))
  return Buffer.from(JSON.stringify([VERSION, stream, at, ...list])).toString('base64url')
}

/** Reads a cursor of this stream; throws BAD_USER_INPUT when it is none. */
export function decodeCursor(stream: string, text: string): LiveCursor {
  const [version, name, at, ...list] = parse(text)
  const places = list.map(readPlace)
  if (
    version !== VERSION ||
    name !== stream ||
    typeof at !== 'number' ||
    places.length === 0 ||
    places.includes(undefined)
  ) {
    throw new ApiError('BAD_USER_INPUT', 'this is not a cursor of this subscription')
  }
  return { places: places as Place[], at }
}

function readPlace(value: unknown): Place | undefined {
  if (!Array.isArray(value)) return undefined
  const [seq, position] = value as unknown[]
  if (!Number.isSafeInteger(seq) || (seq as number) < 0) return undefined
  if (position === undefined) return { seq: seq as number, position }
  return typeof position === 'string' && POSITION.test(position) ? { seq: seq as number, position } : undefined
}

function parse(text: string): unknown[] {
  if (text.length > MAXIMUM_LENGTH) return []
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
    return Array.isArray(value) ? value : []
  } catch {
    return []
  }
}
