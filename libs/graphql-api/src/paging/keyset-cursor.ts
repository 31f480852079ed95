import type { Value } from '@trunkline/ports'
import { ApiError } from '../errors/index.js'

const VERSION = 1
const MAXIMUM_LENGTH = 1024

/** Opaque place in a list: the values of its sort columns, and the name of the list they belong to. */
export function encodeKeyset(list: string, values: readonly Value[]): string {
  return Buffer.from(JSON.stringify([VERSION, list, ...values])).toString('base64url')
}

/**
 * Reads a cursor of this list; throws BAD_USER_INPUT for anything else. A made-up cursor is harmless: it only
 * moves the start of a list that is filtered all the same.
 */
export function decodeKeyset(list: string, cursor: string, kinds: readonly ('string' | 'number')[]): Value[] {
  const values = cursor.length <= MAXIMUM_LENGTH ? parse(cursor) : undefined
  const [version, name, ...rest] = values ?? []
  const fits =
    version === VERSION && name === list && rest.length === kinds.length && rest.every((v, i) => typeof v === kinds[i])
  if (!fits) throw new ApiError('BAD_USER_INPUT', 'this is not a cursor of this list')
  return rest as Value[]
}

function parse(cursor: string): unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    return Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}
