import { describe, expect, it } from '@jest/globals'
import { translate } from './folder-errors.js'

describe('errors of the file system', () => {
  it.each([
    ['ENOSPC', 'OBJECT_STORE_UNAVAILABLE', true],
    ['EDQUOT', 'OBJECT_STORE_UNAVAILABLE', true],
    ['EIO', 'OBJECT_STORE_UNAVAILABLE', true],
    ['EMFILE', 'OBJECT_STORE_UNAVAILABLE', true],
    ['EACCES', 'OBJECT_STORE_REFUSED', false],
    ['EPERM', 'OBJECT_STORE_REFUSED', false],
    ['EROFS', 'OBJECT_STORE_REFUSED', false],
  ])('%s becomes %s, worth trying again: %s', (code, translated, retryable) => {
    const error = Object.assign(new Error(`${code}: why, open '/x'`), { code, syscall: 'open' })
    const message = expect.stringContaining(code)
    expect(translate(error)).toMatchObject({ code: translated, retryable, message, cause: error })
  })

  it('leaves others as they are', () => {
    const error = Object.assign(new Error('no'), { code: 'INVALID_OBJECT_REQUEST' })
    expect(translate(error)).toBe(error)
  })
})
