import { afterEach, describe, expect, it } from '@jest/globals'
import { captured, SpecSetting } from './spec-setting.js'

const setting = new SpecSetting()
afterEach(() => setting.close())

describe('signing in', () => {
  it('lets nobody do anything before auth', async () => {
    const client = await setting.connect(await setting.start())
    client.say('event json ALL')
    await client.until((bytes) => bytes.includes('-ERR command not found'))
    expect(client.events()).toEqual([])
  })

  it('refuses a wrong password and closes', async () => {
    const client = await setting.connect(await setting.start())
    client.say('auth wrong')
    await client.untilEnded()
    expect(client.bytes().toString()).toContain('Reply-Text: -ERR invalid\n\nContent-Type: text/disconnect-notice')
  })

  it('rejects at start when a capture is missing', async () => {
    await expect(setting.start({ scenarios: ['no-such'] })).rejects.toThrow('no capture of scenario no-such')
  })
})

describe('playing as captured', () => {
  it.each(['a-ext-ext-caller-hangup', 'gg-hostile-content'])('sends the very bytes of %s', async (scenario) => {
    const simulated = await setting.start({ scenarios: [scenario] })
    const client = await setting.listen(simulated)
    await simulated.done
    client.say('exit')
    await client.untilEnded()
    expect(client.bytes().equals(captured(scenario))).toBe(true)
  })

  it('sends the same bytes however they are cut', async () => {
    for (const size of [7, 1_000, 100_000]) {
      const simulated = await setting.start()
      simulated.fragment(size)
      const client = await setting.listen(simulated)
      await simulated.done
      client.say('exit')
      await client.untilEnded()
      expect(client.bytes().equals(captured('a-ext-ext-caller-hangup'))).toBe(true)
    }
  })

  it('gives two clients the same, and a late one what comes after', async () => {
    const simulated = await setting.start({ subscribers: 2, speed: 2 })
    const [one, two] = [await setting.listen(simulated), await setting.listen(simulated)]
    await one.until(() => one.events().length > 40)
    const late = await setting.listen(simulated)
    await simulated.done
    await one.until(() => one.events().length === 83 && two.events().length === 83)
    expect(two.bytes().equals(one.bytes())).toBe(true)
    await late.until(() => late.events().at(-1)?.['Event-Sequence'] === one.events().at(-1)?.['Event-Sequence'])
    expect(late.events().length).toBeLessThan(43)
    expect(one.events().slice(-late.events().length)).toEqual(late.events())
  })

  it('sends only named events and subclasses', async () => {
    const simulated = await setting.start({ scenarios: ['aa-registrations', 'a-ext-ext-caller-hangup'] })
    const client = await setting.listen(simulated, 'json CHANNEL_CREATE CHANNEL_DESTROY CUSTOM sofia::register')
    await simulated.done
    client.say('noevents')
    await client.until((bytes) => bytes.includes('no longer listening'))
    const names = client.events().map((event) => event['Event-Subclass'] ?? event['Event-Name'])
    expect(names).toEqual([
      ...Array<string>(4).fill('sofia::register'),
      'CHANNEL_CREATE',
      'CHANNEL_CREATE',
      'CHANNEL_DESTROY',
      'CHANNEL_DESTROY',
    ])
  })

  it('honours filters of headers', async () => {
    const simulated = await setting.start({ startWhen: 'subscribed', subscribers: 2 })
    const client = await setting.listen(simulated)
    client.say('filter Event-Name CHANNEL_ANSWER')
    client.say('filter Event-Name CHANNEL_BRIDGE')
    await client.until((bytes) => bytes.includes('[Event-Name]=[CHANNEL_BRIDGE]'))
    await setting.listen(simulated)
    await simulated.done
    client.say('nolog')
    await client.until((bytes) => bytes.includes('no longer logging'))
    expect(client.events().map((event) => event['Event-Name'])).toEqual([
      'CHANNEL_ANSWER',
      'CHANNEL_ANSWER',
      'CHANNEL_BRIDGE',
    ])
  })

  it('speaks plain: headers percent-encoded, the same events', async () => {
    const simulated = await setting.start({ subscribers: 2, scenarios: ['n-blind-transfer-by-callee'] })
    const [plain, json] = [await setting.listen(simulated, 'plain ALL'), await setting.listen(simulated)]
    await simulated.done
    const bodies = () => plain.frames().filter((frame) => frame.header.includes('text/event-plain'))
    await plain.until(() => bodies().length === json.events().length && bodies().length === 132)
    const decoded = bodies().map(({ body }) => {
      const [head = ''] = body.toString('latin1').split('\n\n')
      const pairs = head.split('\n').map((line) => line.split(': ').map(decodeURIComponent) as [string, string])
      return Object.fromEntries(pairs)
    })
    const asText = json.events().map((event) => {
      const pairs = Object.entries(event as Record<string, string | string[]>)
      return Object.fromEntries(pairs.map(([k, v]) => [k, typeof v === 'string' ? v : `ARRAY::${v.join('|:')}`]))
    })
    expect(decoded).toEqual(asText)
  })
})
