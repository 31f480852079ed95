import { describe, expect, it } from '@jest/globals'
import { isLost, translate } from './mysql-errors.js'

describe('what an error of MySQL means', () => {
  // a writer that began just when MySQL ended its idle connection failed, instead of taking another
  it.each([
    ['ER_CLIENT_INTERACTION_TIMEOUT', 4031, true],
    ['ER_CONNECTION_KILLED', 1927, true],
    ['ER_SERVER_SHUTDOWN', 1053, true],
    ['ER_LOCK_DEADLOCK', 1213, false],
    ['ER_LOCK_WAIT_TIMEOUT', 1205, false],
  ])('%s may be tried again (%i); the connection is lost: %p', (code, errno, lost) => {
    const error = Object.assign(new Error('of the server'), { code, errno })
    expect(isLost(error)).toBe(lost)
    expect(translate(error)).toMatchObject({ code: 'VIEW_STORE_UNAVAILABLE', retryable: true })
  })

  it('leaves alone what trying again does not mend', () => {
    const error = Object.assign(new Error('too long'), { code: 'ER_DATA_TOO_LONG', errno: 1406 })
    expect(isLost(error)).toBe(false)
    expect(translate(error)).toBe(error)
  })
})
