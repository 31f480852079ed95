import type { Position } from '@trunkline/ports'

const WIDTH = 16 // digits of Number.MAX_SAFE_INTEGER

/** Offsets as text of one width, so that string order is numeric order. */
export function toPosition(offset: number): Position {
  return String(offset).padStart(WIDTH, '0')
}

/** Offset of the first record after a position; 0 when undefined. Throws `TypeError` for text that is no position. */
export function offsetAfter(position: Position | undefined): number {
  if (position === undefined) return 0
  const offset = Number(position)
  if (position.length !== WIDTH || !Number.isSafeInteger(offset)) throw new TypeError(`not a position: ${position}`)
  return offset + 1
}
