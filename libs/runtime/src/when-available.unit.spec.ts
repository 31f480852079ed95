import { describe, expect, it } from '@jest/globals'
import { whenAvailable } from './when-available.js'

describe('waiting at start', () => {
  const lines: string[] = []
  const log = (_fields: object, message: string) => void lines.push(message)
  const options = { name: 'the log', logger: { warn: log, info: log }, pauseMs: 1 }

  it('goes on trying until it succeeds, and says so', async () => {
    let left = 3
    const work = async () => {
      if (left-- > 0) throw Object.assign(new Error('away'), { retryable: true })
      return 'there'
    }
    expect(await whenAvailable(work, options)).toBe('there')
    expect(lines).toEqual(['not there yet; trying again', 'what was missing is there'])
  })

  it('gives up at once when time cannot heal it', async () => {
    let tries = 0
    const work = async () => {
      tries++
      throw new Error('wrong password')
    }
    await expect(whenAvailable(work, options)).rejects.toThrow('wrong password')
    expect(tries).toBe(1)
  })
})
