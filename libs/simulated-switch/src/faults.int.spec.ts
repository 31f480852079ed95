import { afterEach, describe, expect, it } from '@jest/globals'
import { captured, SpecSetting } from './spec-setting.js'

const setting = new SpecSetting()
afterEach(() => setting.close())

describe('a switch that is killed in the capture', () => {
  it('ends the connection without a word after the last byte and comes back with the second capture', async () => {
    const simulated = await setting.start({ scenarios: ['dd-switch-killed'] })
    const first = await setting.listen(simulated)
    await first.untilEnded()
    expect(first.bytes().equals(captured('dd-switch-killed'))).toBe(true)
    const second = await setting.listen(simulated)
    expect(await second.api('show channels as json')).toBe('{"row_count": 0}\n')
    await simulated.done
    await second.until(() => second.events().length === 87)
    expect(second.events()[0]!['Core-UUID']).not.toBe(first.events()[0]!['Core-UUID'])
  })
})

describe('a connection that is away in the capture', () => {
  it('cannot be made for the length of the gap, divided by the speed', async () => {
    const simulated = await setting.start({ scenarios: ['ee-event-connection-gap'], speed: 3 })
    const first = await setting.listen(simulated)
    await first.untilEnded()
    expect(first.bytes().equals(captured('ee-event-connection-gap'))).toBe(true)
    const early = await setting.connect(simulated)
    await early.untilEnded()
    expect(early.bytes().length).toBe(0)
    const second = await setting.listenAgain(simulated)
    await simulated.done
    await second.until(() => second.events().length === 76)
  })
})

describe('faults on demand', () => {
  it('restart: channels gone, new Core-UUID, numbers from 1, nothing more of what died', async () => {
    const simulated = await setting.start({ scenarios: ['a-ext-ext-caller-hangup', 'd-busy-486'], speed: 3 })
    const before = await setting.listen(simulated)
    await before.until((bytes) => bytes.includes('"CHANNEL_BRIDGE"'))
    const dead = simulated.channels().map((row) => row.uuid)
    expect(dead).toHaveLength(2)
    simulated.restart('00000000-0000-4000-8000-000000000001')
    await before.untilEnded()
    expect(simulated.channels()).toEqual([])
    const after = await setting.listen(simulated)
    await simulated.done
    after.say('exit')
    await after.untilEnded()
    const events = after.events()
    expect(events.length).toBeGreaterThan(53)
    expect(new Set(events.map((event) => event['Core-UUID']))).toEqual(new Set([simulated.coreUuid()]))
    expect(events.every((event) => !dead.includes(event['Unique-ID'] ?? ''))).toBe(true)
    const numbers = events.map((event) => Number(event['Event-Sequence']))
    expect(numbers[0]).toBeLessThan(40)
    expect(numbers).toEqual(numbers.map((_, index) => numbers[0]! + index))
  })

  it('drop: connections cut, the switch goes on and remembers', async () => {
    const simulated = await setting.start({ speed: 3 })
    const before = await setting.listen(simulated)
    await before.until((bytes) => bytes.includes('"CHANNEL_BRIDGE"'))
    simulated.dropConnections()
    await before.untilEnded()
    const after = await setting.listen(simulated)
    expect(simulated.channels()).toHaveLength(2)
    await simulated.done
    await after.until((bytes) => bytes.includes('"CHANNEL_DESTROY"'))
    expect(after.events()[0]!['Core-UUID']).toBe(before.events()[0]!['Core-UUID'])
  })

  it('stall: silence, then everything', async () => {
    const simulated = await setting.start({ speed: 100 })
    const client = await setting.connect(simulated)
    client.say('auth ClueCon')
    await client.until((bytes) => bytes.includes('+OK accepted'))
    const stalled = Date.now()
    simulated.stall(3000)
    const before = client.bytes().length
    client.say('event json ALL')
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(client.bytes().length).toBe(before)
    await client.until(() => client.events().length === 83)
    expect(Date.now() - stalled).toBeGreaterThan(2990)
  })

  /** More than the kernel buffers between two sockets. */
  const MUCH = [
    'gg-hostile-content',
    'bb-uuid-kill',
    'n2-blind-transfer-by-caller',
    'jj-single-leg',
    'l-ring-group-simultaneous',
    't-ivr-dtmf',
    'kk-supervisor',
    'p-api-uuid-transfer',
    's-conference',
    'o-attended-transfer',
  ]

  it('a client that does not read is cut off at the bound; the others get everything', async () => {
    const simulated = await setting.start({ scenarios: MUCH, speed: 60, subscribers: 2, maxBufferedBytes: 2_000_000 })
    const deaf = await setting.listen(simulated)
    deaf.socket.pause()
    const healthy = await setting.listen(simulated)
    await simulated.done
    await healthy.until((bytes) => bytes.length > 10_000_000 && healthy.events().length === simulated.played().events)
    deaf.socket.resume()
    await deaf.untilEnded()
    expect(deaf.events().length).toBeLessThan(simulated.played().events)
  })

  it('at full speed a client that takes nothing is cut off after a while', async () => {
    const simulated = await setting.start({ scenarios: MUCH, subscribers: 2, patienceMs: 3000 })
    const deaf = await setting.listen(simulated)
    deaf.socket.pause()
    const healthy = await setting.listen(simulated)
    await simulated.done
    await healthy.until((bytes) => bytes.length > 10_000_000 && healthy.events().length === simulated.played().events)
    deaf.socket.resume()
    await deaf.untilEnded()
    expect(deaf.events().length).toBeLessThan(simulated.played().events)
  })
})
