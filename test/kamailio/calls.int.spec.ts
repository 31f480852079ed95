/** Calls, messages and gateways through a real Kamailio, each seen in the views as it was. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { ENGINES, type Deployment, type Engines } from '../support/engines.js'
import { untilTaken } from '../support/udp-port.js'
import { freePort } from '../support/free-port.js'
import { PATIENT } from './harness/kamailio-server.js'
import { until } from './harness/process.js'
import { SipPhone } from './harness/sip-phone.js'
import { sipp, type SippRun } from './harness/sipp.js'
import { Site } from './harness/site.js'

describe.each(ENGINES)('through a real Kamailio: %s', (_, startEngines) => {
  let engines: Engines
  let deployment: Deployment
  let site: Site
  let bob: number
  beforeAll(async () => {
    const gateway = await freePort()
    engines = await startEngines()
    deployment = await engines.deploy()
    site = await Site.start({ defines: { EXTERNAL_NUMBER: '"^0[0-9]{6,14}$"', ...PATIENT } }, deployment)
    await site.maria.sql(`INSERT INTO dispatcher (setid, destination) VALUES (1, 'sip:127.0.0.1:${gateway}')`)
    await site.kamailio.rpc.call('dispatcher.reload')
    await site.listen()
    bob = await freePort()
    const values = { contact: `<sip:bob@127.0.0.1:${bob}>`, expires: 600, status: 200 }
    await sipp({ scenario: 'register', remotePort: site.kamailio.ports.sip, user: 'bob', values })
  })
  afterAll(async () => {
    await site.dispose()
    await deployment.dispose()
    await engines.dispose()
  })
  afterEach(async () => {
    await site.contactsAgree()
  })

  type Phone = readonly [scenario: string, values?: SippRun['values']]
  const caller = (...[scenario, values]: Phone) =>
    sipp({
      scenario,
      remotePort: site.kamailio.ports.sip,
      values: { to: 'bob', talk: 400, text: 'hello', ...values },
    })
  /** Is called as soon as it can be. */
  const callee = async ([scenario, values]: Phone, call: () => Promise<unknown> | void) => {
    const answering = sipp({
      scenario,
      localPort: bob,
      user: 'bob',
      values: { to: 'alice', talk: 400, ...values },
    })
    await Promise.all([answering, untilTaken(bob).then(call)])
  }

  /** The newest call in the view, once its end is told. */
  async function lastCall() {
    await site.settled()
    return until('the call has ended', async () => {
      const [call] = await site.rows('SELECT * FROM calls ORDER BY started_at DESC, id LIMIT 1')
      return call?.['state'] === 'ended' ? call : undefined
    })
  }

  it('a call is answered, and the caller hangs up', async () => {
    await callee(['callee-answers'], () => caller('caller-hangs-up'))
    const call = await lastCall()
    expect(call).toMatchObject({
      direction: 'internal',
      tenant: 'kam.lab',
      from_user: 'alice@kam.lab',
      from_name: 'alice',
      to_number: 'bob',
      answered_by_user: 'bob@kam.lab',
      disposition: 'answered',
      hung_up_by: 'caller',
    })
    // as long as Kamailio saw it ring: the pause of the phone, less what the first reply was late
    const [[progressed], [answered]] = await Promise.all([
      site.facts('dialog.progressed'),
      site.facts('dialog.answered'),
    ])
    expect(Number(call['ring_ms'])).toBeGreaterThan(0)
    expect(Math.abs(Number(call['ring_ms']) - (answered!.time - progressed!.time) / 1000)).toBeLessThanOrEqual(1)
    expect(Number(call['talk_ms'])).toBeGreaterThanOrEqual(380)
    expect(Number(call['talk_ms'])).toBeLessThan(5000)
    const types = [
      'dialog.started',
      'dialog.progressed',
      'dialog.answered',
      'dialog.confirmed',
      'dialog.ended',
    ] as const
    for (const type of types) expect(await site.facts(type)).toHaveLength(1)
  })

  it('a call is answered, and the callee hangs up', async () => {
    await callee(['callee-hangs-up'], () => caller('caller-waits'))
    expect(await lastCall()).toMatchObject({ disposition: 'answered', hung_up_by: 'callee' })
  })

  it('the callee is busy', async () => {
    await callee(['callee-refuses', { answer: '486 Busy Here' }], () => caller('caller-refused', { status: 486 }))
    expect(await lastCall()).toMatchObject({ disposition: 'busy', sip_status: 486, talk_ms: 0 })
  })

  it('the callee says no', async () => {
    await callee(['callee-refuses', { answer: '603 Decline' }], () => caller('caller-refused', { status: 603 }))
    expect(await lastCall()).toMatchObject({ disposition: 'rejected', sip_status: 603 })
  })

  it('the caller gives up', async () => {
    await callee(['callee-rings'], () => caller('caller-cancels'))
    expect(await lastCall()).toMatchObject({ disposition: 'cancelled', hung_up_by: 'caller' })
  })

  it('nobody answers', async () => {
    await callee(['callee-rings'], () => caller('caller-refused', { status: 408 }))
    const call = await lastCall()
    expect(call).toMatchObject({ disposition: 'no_answer' })
    expect(Number(call['ring_ms'])).toBeGreaterThan(4000)
  })

  it('the called user has no phone', async () => {
    await caller('caller-refused', { to: 'carol', status: 404 })
    expect(await lastCall()).toMatchObject({ to_number: 'carol', disposition: 'failed', sip_status: 404 })
    await caller('caller-refused', { to: 'nobody', status: 404 })
    expect(await lastCall()).toMatchObject({ to_number: 'nobody', disposition: 'failed' })
  })

  it('a call by order of the operator is ended by the system', async () => {
    const ends = callee(['callee-answers'], () => caller('caller-waits'))
    const dialog = await until('the call runs', async () => {
      const list = (await site.kamailio.rpc.call('dlg.list')) as { state: number; h_entry: number; h_id: number }[]
      return list.find(({ state }) => state === 4)
    })
    // the ACK is on its way to the callee: a BYE of the proxy must not overtake it
    await new Promise((resolve) => setTimeout(resolve, 1500))
    await site.kamailio.rpc.call('dlg.end_dlg', [dialog.h_entry, dialog.h_id])
    await ends
    const [ended] = (await site.facts('dialog.ended')).slice(-1)
    if (ended?.data.by !== 'system') site.listener!.resync('sbc1')
    const [started] = (await site.facts('dialog.started')).slice(-1)
    expect(started!.data.dialog).toBe(`${dialog.h_entry}:${dialog.h_id}`)
    expect(await lastCall()).toMatchObject({ disposition: 'answered' })
  })

  it('a message is delivered, refused, or finds nobody', async () => {
    await callee(['message-taken', { answer: '200 OK' }], () => caller('message', { text: 'one', status: 200 }))
    await callee(['message-taken', { answer: '480 Away' }], () => caller('message', { text: 'two', status: 480 }))
    await caller('message', { to: 'carol', text: 'three', status: 404 })
    await caller('message', { text: 'four', status: 408 })
    await site.settled()
    const rows = await site.rows(
      'SELECT body, state, sip_status, from_user, to_user FROM messages ORDER BY received_at',
    )
    expect(rows.map((row) => ({ ...row, body: String(row['body']).trimEnd() }))).toEqual([
      { body: 'one', state: 'delivered', sip_status: 200, from_user: 'alice@kam.lab', to_user: 'bob@kam.lab' },
      { body: 'two', state: 'failed', sip_status: 480, from_user: 'alice@kam.lab', to_user: 'bob@kam.lab' },
      { body: 'three', state: 'failed', sip_status: 404, from_user: 'alice@kam.lab', to_user: 'carol@kam.lab' },
      { body: 'four', state: 'failed', sip_status: 408, from_user: 'alice@kam.lab', to_user: 'bob@kam.lab' },
    ])
  })

  it('a gateway that answers no more is down, and up again when it does', async () => {
    const state = async () => (await site.rows('SELECT state, up FROM gateways'))[0]
    await until('the gateway is down', async () => (await state())?.['up'] === 0)
    const calls = (await site.facts('dialog.started')).length
    await caller('caller-refused', { to: '0123456789', status: 503 })
    const call = await lastCall()
    expect(call).toMatchObject({ to_number: '0123456789', disposition: 'failed', sip_status: 503 })
    const started = await site.facts('dialog.started')
    expect(started).toHaveLength(calls + 1)
    expect(started.at(-1)!.data.direction).toBe('outbound')
  })

  it('a gateway that comes up carries calls out, and brings calls in', async () => {
    const provider = await SipPhone.udp(site.kamailio.ports.sip)
    const uri = `sip:127.0.0.1:${provider.port}`
    await site.maria.sql(`UPDATE dispatcher SET destination = '${uri}'`)
    await until('the set is reloaded', () => site.kamailio.rpc.call('dispatcher.reload').then(() => true))
    site.listener!.resync('sbc1')
    const serving = serve(provider)
    try {
      await until('the gateway is up', async () => {
        const rows = await site.rows(`SELECT gateway, up FROM gateways WHERE gateway = '${uri}'`)
        return rows[0]?.['up'] === 1
      })
      await caller('caller-refused', { to: '0123456789', status: 486 })
      expect(await lastCall()).toMatchObject({ direction: 'outbound', trunk: uri, disposition: 'busy' })
      await callee(['callee-refuses', { answer: '486 Busy Here' }], () => provider.send(invitationFrom(provider)))
      expect(await lastCall()).toMatchObject({ direction: 'inbound', trunk: uri, from_number: '0987654321' })
    } finally {
      serving.stop()
      provider.close()
    }
  })

  it('lost nothing on the way, and read everything', async () => {
    expect(await site.facts('switch.gap')).toEqual([])
    expect(site.listener!.status().nodes).toMatchObject([{ gaps: 0, unreadable: 0, unknown: 0 }])
    expect(await site.rows('SELECT * FROM parked_records')).toEqual([])
  })
})

/** A provider: answers OPTIONS, and is busy for every call. */
function serve(provider: SipPhone): { stop(): void } {
  let running = true
  const answer = async () => {
    while (running) {
      const request = await provider.receive(200)
      const method = /^(OPTIONS|INVITE) /.exec(request ?? '')?.[1]
      if (request === undefined || method === undefined) continue
      const copied = request.split('\r\n').filter((line) => /^(Via|From|To|Call-ID|CSeq|Record-Route):/i.test(line))
      const tagged = copied.map((line) =>
        /^To:/i.test(line) && !line.includes('tag=') ? `${line};tag=provider` : line,
      )
      const status = method === 'OPTIONS' ? '200 OK' : '486 Busy Here'
      provider.send([`SIP/2.0 ${status}`, ...tagged, 'Content-Length: 0', '', ''].join('\r\n'))
    }
  }
  void answer()
  return { stop: () => (running = false) }
}

function invitationFrom(provider: SipPhone): string {
  return [
    'INVITE sip:bob@kam.lab SIP/2.0',
    `Via: SIP/2.0/UDP 127.0.0.1:${provider.port};branch=z9hG4bKprovider;rport`,
    'Max-Forwards: 70',
    'From: <sip:0987654321@provider.example>;tag=p1',
    'To: <sip:bob@kam.lab>',
    `Call-ID: provider-${provider.port}`,
    'CSeq: 1 INVITE',
    `Contact: <sip:0987654321@127.0.0.1:${provider.port}>`,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n')
}
