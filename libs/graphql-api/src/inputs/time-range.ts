import { ApiError } from '../errors/index.js'

export interface TimeRange {
  readonly from?: number | null
  readonly to?: number | null
}

/** Throws BAD_USER_INPUT when a range is turned round. `from` is included, `to` is not. */
export function checkRange(range: TimeRange): void {
  if (range.from != null && range.to != null && range.to < range.from) {
    throw new ApiError('BAD_USER_INPUT', '`to` lies before `from`')
  }
}

export function rangeOf({ from, to }: TimeRange): { from: number | null; to: number | null } {
  return { from: from ?? null, to: to ?? null }
}
