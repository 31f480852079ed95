import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { SwitchClock } from './switch-clock.js'

const START_MS = 1_795_000_000_000

describe('the clock of a switch', () => {
  beforeEach(() => void jest.useFakeTimers({ now: START_MS, doNotFake: ['nextTick', 'setImmediate'] }))
  afterEach(() => void jest.useRealTimers())

  const pass = (ms: number) => jest.advanceTimersByTime(ms)
  const nowUs = () => Date.now() * 1000

  it('is not set back by events that waited in a queue', () => {
    const clock = new SwitchClock()
    clock.heard(nowUs() - 2_000)
    pass(5_000)
    clock.heard(nowUs() - 900_000)
    expect(clock.now()).toBe(nowUs() - 2_000)
    expect(clock.lagMs).toBe(900)
    expect(clock.lastEventAt).toBe(nowUs() - 900_000)
  })

  it('follows a switch whose clock is put forward at once, and one that is put back within a minute', () => {
    const clock = new SwitchClock()
    clock.heard(nowUs())
    pass(1_000)
    clock.heard(nowUs() + 3_600_000_000)
    expect(clock.now()).toBe(nowUs() + 3_600_000_000)
    for (let second = 0; second < 70; second++) {
      pass(1_000)
      clock.heard(nowUs() - 10_000)
    }
    expect(clock.now()).toBe(nowUs() - 10_000)
  })

  it('takes whole seconds for no better than its own clock', () => {
    const clock = new SwitchClock()
    clock.told(Math.floor(START_MS / 1000) - 1)
    expect(clock.now()).toBe(nowUs())
    clock.told(START_MS / 1000 - 3600)
    expect(clock.now()).toBe(nowUs() - 3_600_000_000)
    clock.heard(nowUs() - 1_000)
    clock.told(START_MS / 1000 - 3600)
    expect(clock.now()).toBe(nowUs() - 1_000)
  })
})
