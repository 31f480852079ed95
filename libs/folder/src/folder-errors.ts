/** What errors of the file system mean to whoever uses the store. */
import { ObjectStoreRefusedError, ObjectStoreUnavailableError } from '@trunkline/ports'

/** Stays so until somebody changes the rights or the mount. */
const REFUSED = new Set(['EACCES', 'EPERM', 'EROFS'])

/** Code of a system error such as `ENOENT`, undefined for other errors. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('syscall' in error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** Makes an error of the port's kind from one of the file system; others stay as they are. */
export function translate(error: unknown): unknown {
  const code = codeOf(error)
  if (code === undefined) return error
  const text = `object folder: ${(error as Error).message}`
  if (REFUSED.has(code))
    return new ObjectStoreRefusedError(`${text}; give this process the right to it`, { cause: error })
  return new ObjectStoreUnavailableError(text, { cause: error })
}
