import { ApiError } from '../errors/index.js'

export const DEFAULT_PAGE = 50
export const MAXIMUM_PAGE = 200

/** Arguments of a Relay connection (https://relay.dev/graphql/connections.htm). */
export interface PageArguments {
  readonly first?: number | null | undefined
  readonly after?: string | null | undefined
  readonly last?: number | null | undefined
  readonly before?: string | null | undefined
}

export interface PageRequest {
  readonly limit: number
  /** True for `last`/`before`: the page is read against the order and turned round. */
  readonly backward: boolean
  readonly cursor: string | undefined
}

/** Checks the arguments: one direction at a time, 1 to {@link MAXIMUM_PAGE}. */
export function pageRequest(page: PageArguments): PageRequest {
  const backward = isGiven(page.last) || isGiven(page.before)
  if (backward && (isGiven(page.first) || isGiven(page.after))) {
    throw new ApiError('BAD_USER_INPUT', 'use either first and after, or last and before')
  }
  const limit = (backward ? page.last : page.first) ?? DEFAULT_PAGE
  if (limit < 1 || limit > MAXIMUM_PAGE) {
    throw new ApiError('BAD_USER_INPUT', `a page has 1 to ${MAXIMUM_PAGE} entries`)
  }
  return { limit, backward, cursor: (backward ? page.before : page.after) ?? undefined }
}

function isGiven(value: unknown): boolean {
  return value !== null && value !== undefined
}
