import type { Position } from '@trunkline/ports'

/** A place in the log of KurrentDB. */
export interface LogPosition {
  readonly commit: bigint
  readonly prepare: bigint
}

/** Digits of 2^64 - 1. */
const WIDTH = 20
const SHAPE = /^(\d{20})\/(\d{20})$/

/**
 * Commit and prepare position as text of one width, so that string order is the order of the log. They are equal for events of
 * today's appends; those of transactions of old clients share a commit position.
 */
export function toPosition({ commit, prepare }: LogPosition): Position {
  return `${String(commit).padStart(WIDTH, '0')}/${String(prepare).padStart(WIDTH, '0')}`
}

/** Throws `TypeError` for text that is no position. */
export function fromPosition(position: Position): LogPosition {
  const [, commit, prepare] = SHAPE.exec(position) ?? []
  if (commit === undefined || prepare === undefined) throw new TypeError(`not a position: ${position}`)
  return { commit: BigInt(commit), prepare: BigInt(prepare) }
}

export function isAfter(left: LogPosition, right: LogPosition): boolean {
  return left.commit === right.commit ? left.prepare > right.prepare : left.commit > right.commit
}
