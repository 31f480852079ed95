import { afterEach, describe, expect, it } from '@jest/globals'
import { captured, SpecSetting } from './spec-setting.js'

const setting = new SpecSetting()
afterEach(() => setting.close())

const UUIDS = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g

describe('rebase', () => {
  it('plays each round with ids of its own, one Core-UUID, numbers without hole, and valid JSON', async () => {
    const simulated = await setting.start({
      scenarios: ['n-blind-transfer-by-callee', 'w-recorded-call', 'o-attended-transfer'],
      loop: true,
      rebase: true,
    })
    const client = await setting.listen(simulated)
    await client.until(() => simulated.played().loops >= 3)
    await simulated.close()
    const events = client.events()
    const text = client.bytes().toString('latin1')
    for (const scenario of ['n-blind-transfer-by-callee', 'w-recorded-call', 'o-attended-transfer']) {
      const old = new Set(captured(scenario).toString('latin1').match(UUIDS))
      expect([...new Set(text.match(UUIDS))].filter((uuid) => old.has(uuid))).toEqual([])
    }
    expect(new Set(events.map((event) => event['Core-UUID']))).toEqual(new Set([simulated.coreUuid()]))
    expect(events.map((event) => Number(event['Event-Sequence']))).toEqual(events.map((_, index) => index + 1))
    const created = events
      .filter((event) => event['Event-Name'] === 'CHANNEL_CREATE')
      .map((event) => event['Unique-ID'])
    expect(created.length).toBeGreaterThan(20)
    expect(new Set(created).size).toBe(created.length)
    const ended = events.filter((event) => event['Event-Name'] === 'CHANNEL_HANGUP_COMPLETE')
    const known = ended.map((event) => event['variable_sip_call_id'])
    expect(known.length).toBeGreaterThan(20)
    expect(new Set(known).size).toBe(known.length)
  })

  it('keeps what belongs together: the other leg, transfer history, recording path, SIP Call-ID', async () => {
    const simulated = await setting.start({
      scenarios: ['n-blind-transfer-by-callee', 'w-recorded-call'],
      rebase: true,
    })
    const client = await setting.listen(simulated)
    await simulated.done
    await client.until(() => client.events().length === simulated.played().events)
    const events = client.events()
    const legs = new Set(events.filter((e) => e['Event-Name'] === 'CHANNEL_CREATE').map((e) => e['Unique-ID']))
    for (const event of events) {
      for (const name of ['Other-Leg-Unique-ID', 'variable_signal_bond', 'Bridge-B-Unique-ID']) {
        if (event[name] !== undefined) expect(legs).toContain(event[name])
      }
    }
    const last = events.filter((event) => event['Event-Name'] === 'CHANNEL_HANGUP_COMPLETE')
    expect(last.some((event) => String(event['variable_transfer_history']).includes('bl_xfer'))).toBe(true)
    const recording = events.find((event) => event['Event-Name'] === 'RECORD_STOP')!
    expect(legs).toContain(UUIDS.exec(recording['Record-File-Path']!)?.[0])
  })

  it('moves all times to now and keeps their distances', async () => {
    const simulated = await setting.start({ rebase: true })
    const client = await setting.listen(simulated)
    await simulated.done
    await client.until(() => client.events().length === simulated.played().events)
    const complete = client.events().find((event) => event['Event-Name'] === 'CHANNEL_HANGUP_COMPLETE')!
    const started = Number(complete['variable_start_uepoch'])
    const ended = Number(complete['variable_end_uepoch'])
    expect(Math.abs(ended / 1000 - Date.now())).toBeLessThan(15_000)
    expect(ended / 1000).toBeLessThan(Date.now() + 1)
    expect(Math.floor(started / 1e6)).toBe(Number(complete['variable_start_epoch']))
    expect(Number(complete['Caller-Channel-Created-Time'])).toBe(started)
    expect(Math.floor(ended / 1e6) - Math.floor(started / 1e6)).toBe(Number(complete['variable_duration']))
    const stamp = Number(complete['Event-Date-Timestamp']) / 1000
    expect(Date.parse(complete['Event-Date-GMT']!)).toBe(Math.floor(stamp / 1000) * 1000)
    expect(Date.parse(`${complete['Event-Date-Local']}Z`)).toBe(Math.floor(stamp / 1000) * 1000)
    expect(Date.parse(`${complete['variable_start_stamp']}Z`)).toBe(Math.floor(started / 1e6) * 1000)
  })

  it('leaves broken UTF-8 as broken as it was', async () => {
    const simulated = await setting.start({ scenarios: ['gg-hostile-content'], rebase: true })
    const client = await setting.listen(simulated)
    await simulated.done
    await client.until(() => client.events().length === simulated.played().events)
    const invalid = (bytes: Buffer) => bytes.toString('utf8').split('\uFFFD').length
    expect(invalid(client.bytes())).toBeGreaterThan(90)
    expect(invalid(client.bytes())).toBe(invalid(captured('gg-hostile-content')))
  })

  it('registers the users first and beats a heart of its own', async () => {
    const simulated = await setting.start({
      rebase: true,
      registrationsFirst: true,
      heartbeatSeconds: 0.1,
      name: 'demo',
    })
    const client = await setting.listen(simulated)
    // the first ones may come while the call is played
    const last = () => client.events().findLast((event) => event['Event-Name'] === 'HEARTBEAT')
    await client.until(() => last()?.['Session-Since-Startup'] === '2' && last()?.['Session-Count'] === '0')
    const registered = client.events().slice(0, 16)
    expect(registered.map((event) => event['from-user'])).toEqual(
      Array.from({ length: 16 }, (_, index) => String(1001 + index)),
    )
    expect(registered[0]).toMatchObject({ 'Event-Subclass': 'sofia::register', 'network-ip': '127.0.1.11' })
    expect(last()).toMatchObject({ 'Event-Info': 'System Ready', 'FreeSWITCH-Version': '1.10.12-simulated' })
    expect(new Set(client.events().map((event) => event['FreeSWITCH-Hostname']))).toEqual(new Set(['demo']))
  })

  it('live, scenarios overlap so that calls are going on', async () => {
    const simulated = await setting.start({
      scenarios: ['a-ext-ext-caller-hangup', 'b-ext-ext-callee-hangup', 'dd-switch-killed', 'h-outbound-gateway'],
      speed: 10,
      loop: true,
      rebase: true,
    })
    let client = await setting.listen(simulated)
    let most = 0
    const cores = new Set<string>()
    const [begin, end] = [Date.now(), Date.now() + 60_000]
    const isSeen = () => most > 2 && cores.size > 1 && simulated.played().suppressed > 0
    while (Date.now() < begin + 6_000 || (!isSeen() && Date.now() < end)) {
      most = Math.max(most, simulated.channels().length)
      cores.add(simulated.coreUuid())
      await new Promise((resolve) => setTimeout(resolve, 20))
      if (client.ended) client = await setting.listen(simulated).catch(() => client)
    }
    expect(most).toBeGreaterThan(2)
    expect(cores.size).toBeGreaterThan(1)
    expect(simulated.played().suppressed).toBeGreaterThan(0)
  })
})
