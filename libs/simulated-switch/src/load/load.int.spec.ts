import { afterEach, describe, expect, it } from '@jest/globals'
import type { CallSign } from '../index.js'
import { SpecSetting } from '../spec-setting.js'

const setting = new SpecSetting()
afterEach(() => setting.close())

type Told = CallSign & { readonly atMs: number }

describe('load', () => {
  async function run(seconds: number) {
    const told: Told[] = []
    const simulated = await setting.start({
      scenarios: ['a-ext-ext-caller-hangup', 'd-busy-486', 'a-ext-ext-caller-hangup'],
      rebase: true,
      name: 'pbx9',
      load: { perSecond: 20, lastsMs: 500, users: 10, told: (sign) => told.push({ ...sign, atMs: performance.now() }) },
    })
    const client = await setting.listen(simulated)
    expect(simulated.loaded().begun).toBe(0)
    const began = performance.now()
    simulated.startLoad()
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
    const ranSeconds = (performance.now() - began) / 1000
    await simulated.finishLoad()
    await client.until(() => client.events().filter(isCall).length === simulated.played().events)
    return { simulated, told, ranSeconds, events: client.events().filter(isCall) }
  }
  const isCall = (event: Record<string, unknown>) => event['Unique-ID'] !== undefined

  it('begins calls at its rate, ends each, counts both, and says which', async () => {
    const { simulated, told, ranSeconds } = await run(2)
    const { begun, ended, mostOpen } = simulated.loaded()
    expect(begun).toBeGreaterThanOrEqual(15 * ranSeconds)
    expect(begun).toBeLessThanOrEqual(20 * ranSeconds + 2)
    expect(ended).toBe(begun)
    expect(mostOpen).toBeGreaterThanOrEqual(9)
    const of = (moment: string) => told.filter((sign) => sign.moment === moment).map(({ callId }) => callId)
    expect(new Set(of('started')).size).toBe(begun)
    expect(of('ended').toSorted()).toEqual(of('started').toSorted())
    const answered = told.filter((sign) => sign.talkMs !== undefined && sign.moment === 'started')
    expect(of('answered').toSorted()).toEqual(answered.map(({ callId }) => callId).toSorted())
    expect(simulated.channels()).toEqual([])
  })

  it('makes each call with ids, users and times of its own that agree with each other', async () => {
    const began = Date.now()
    const { simulated, told, events } = await run(1)
    expect(new Set(events.map((event) => event['Core-UUID']))).toEqual(new Set([simulated.coreUuid()]))
    const numbers = events.map((event) => Number(event['Event-Sequence']))
    expect(new Set(numbers).size).toBe(numbers.length)
    const created = events.filter((event) => event['Event-Name'] === 'CHANNEL_CREATE').map((e) => e['Unique-ID'])
    expect(new Set(created).size).toBe(created.length)
    const complete = events.filter((event) => event['Event-Name'] === 'CHANNEL_HANGUP_COMPLETE')
    expect(complete).toHaveLength(created.length)
    const callIds = complete.map((event) => event['variable_sip_call_id'])
    expect(new Set(callIds).size).toBe(callIds.length)
    for (const event of events) {
      const at = Number(event['Event-Date-Timestamp']) / 1000
      expect(at).toBeGreaterThan(began - 100)
      expect(at).toBeLessThan(Date.now() + 100)
      expect(event['FreeSWITCH-Hostname']).toBe('pbx9')
      expect(event['Caller-Caller-ID-Number'] ?? '').not.toMatch(/^10\d\d$/)
    }
    const talks = told.filter(({ moment }) => moment === 'answered')
    expect(talks.length).toBeGreaterThan(3)
    for (const { callId, talkMs } of talks) {
      const last = complete.find((event) => event['Unique-ID'] === callId)!
      const talked = Number(last['Caller-Channel-Hangup-Time']) - Number(last['Caller-Channel-Answered-Time'])
      expect(Math.abs(talked / 1000 - talkMs!)).toBeLessThan(30)
      expect(talkMs!).toBeGreaterThan(250)
      expect(talkMs!).toBeLessThan(500)
    }
  })

  it('wants rebase, and at least one scenario', async () => {
    const load = { perSecond: 1, lastsMs: 100, users: 2 }
    await expect(setting.start({ load })).rejects.toThrow(RangeError)
    await expect(setting.start({ load, rebase: true, scenarios: [] })).rejects.toThrow(RangeError)
  })
})
