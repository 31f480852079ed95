import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { Fact, FactType } from '@trunkline/domain'
import { LogUnavailableError, STREAMS, type EventLogWriter, type NewRecord } from '@trunkline/ports'
import { kamailioEntries } from '../../../test/support/kamailio-capture.js'
import { KamailioRpcServer } from '../../../test/support/kamailio-rpc-server.js'
import { RedisServer } from '../../../test/support/redis-server.js'
import { startKamailioListener, type KamailioListener, type KamailioListenerOptions } from './kamailio-listener.js'

const STREAM = 'kam:events'
const GROUP = 'trunkline'
const BOOT = '1795232442.392021-aaaa'
const NEXT_BOOT = '1795232696.773404-bbbb'
const TIMING = {
  probeMs: 50,
  heartbeatMs: 60_000,
  snapshotMs: 60_000,
  windowMs: 1000,
  leaseMs: 3000,
  redisTimeoutMs: 10_000,
  logRetryMs: 30,
}
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }

/** A log that can go away, or hold its answer back. */
class Log implements EventLogWriter {
  readonly records: NewRecord[] = []
  away = false
  stuck = false
  delayMs = 0

  async append(stream: string, records: readonly NewRecord[]): Promise<void> {
    expect(stream).toBe(STREAMS.switch)
    if (this.stuck) return new Promise(() => undefined)
    if (this.away) throw new LogUnavailableError('away')
    await (this.delayMs > 0 ? pass(this.delayMs) : new Promise((resolve) => setImmediate(resolve)))
    this.records.push(...records)
  }

  /** Facts that tell Kamailio's events, without the listener's own. */
  events(): NewRecord[] {
    return this.records.filter(({ id, type }) => !id.startsWith('listener/') && type !== 'switch.heartbeat')
  }

  of<T extends FactType>(type: T): Extract<Fact, { type: T }>[] {
    return (this.records as Fact[]).filter((fact): fact is Extract<Fact, { type: T }> => fact.type === type)
  }
}

const event = (seq: number, boot = BOOT, more: object = {}) =>
  JSON.stringify({
    v: 1,
    ev: 'pike.block',
    boot,
    seq,
    ts: `17952325${String(seq).padStart(2, '0')}.000001`,
    src_ip: '10.0.0.9',
    src_port: seq,
    ...more,
  })
const events = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => event(from + index))
const seqs = (log: Log) => log.of('flood.detected').map(({ data }) => data.seq)

async function eventually(check: () => unknown, ms = 30_000): Promise<void> {
  for (const end = Date.now() + ms; ;) {
    try {
      await check()
      return
    } catch (error) {
      if (Date.now() > end) throw error
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}
const pass = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('the Kamailio listener', () => {
  let redis: RedisServer
  let rpc: KamailioRpcServer
  let log: Log
  const listeners: KamailioListener[] = []
  const listen = (instance: string, writer: EventLogWriter = log, more: KamailioListenerOptions['timing'] = {}) => {
    const nodes = [{ name: 'sbc1', redisUrl: redis.url, stream: STREAM, rpcUrl: rpc.url }]
    const timing = { ...TIMING, ...more }
    const listener = startKamailioListener({ nodes, log: writer, logger: silent, instance, timing })
    listeners.push(listener)
    return listener
  }
  beforeEach(async () => {
    redis = await RedisServer.start()
    rpc = await new KamailioRpcServer().start()
    rpc.boot = BOOT
    rpc.nowUs = 1_795_232_476_000_000
    log = new Log()
  })
  afterEach(async () => {
    await Promise.all(listeners.splice(0).map((one) => one.close()))
    await rpc.stop()
    await redis.dispose()
  })

  it('tells all captured events once and in order, also those from before it ran, and acknowledges them', async () => {
    const entries = kamailioEntries()
    rpc.boot = '1795232696.773404-03c039bb-4804-497d-97a5-de3979f1806b'
    await redis.add(STREAM, entries.slice(0, 60))
    listen('a')
    await eventually(() => expect(log.events().length).toBeGreaterThan(40))
    await redis.add(STREAM, entries.slice(60))
    const expected = entries.flatMap((entry) => {
      const { boot, seq, ev } = JSON.parse(entry) as { boot: string; seq: number; ev: string }
      return ['bench', 'local.reply'].includes(ev) ? [] : [`${boot}/${seq}`]
    })
    await eventually(() =>
      expect(
        log
          .events()
          .filter(({ type }) => type !== 'switch.started')
          .map(({ id }) => id),
      ).toEqual(expected),
    )
    await eventually(async () => expect(await redis.pending(STREAM, GROUP)).toBe(0))
    // the capture lacks what its client could not hear: the first event of each process, and 76 to 80
    await eventually(() =>
      expect(log.of('switch.gap').map(({ data }) => data.reason)).toEqual([
        'events 76 to 80 are missing',
        'event 1 is missing',
      ]),
    )
    expect(log.of('switch.started').map(({ data }) => data.core.slice(0, 10))).toEqual(['1795232442', '1795232696'])
  })

  it('asks the node for what it knows, dated before the question', async () => {
    listen('a')
    await eventually(() => expect(log.of('gateway.changed').length).toBe(3))
    expect(log.of('switch.connected')).toMatchObject([
      { time: rpc.nowUs, data: { core: BOOT, listener: 'a', version: 'kamailio 5.6.3 (x86_64/linux)' } },
    ])
    const [contacts] = log.of('registration.snapshot')
    expect(contacts).toMatchObject({ time: rpc.nowUs, data: { core: BOOT, reason: 'connected, periodic' } })
    expect(contacts!.data.contacts.map(({ aor, contactId, contact }) => [aor, contactId, contact])).toEqual([
      ['bob@kam.lab', 'uloc-6b0112ba-3ad3-6', 'sip:bob@127.0.0.1:5072'],
      ['trunk1@kam.lab', 'uloc-6b0112ba-3ad5-1', 'sip:trunk1-uuid@127.0.0.1:15060'],
      ['alice@kam.lab', 'uloc-6b0112ba-3ad2-2', 'sip:alice@127.0.0.1:5071'],
    ])
    expect(log.of('dialog.snapshot')[0]!.data.dialogs).toEqual([
      {
        dialog: '15:10959',
        callId: '1-15257@127.0.0.1',
        state: 4,
        startedAt: 1_795_232_477_000_000,
        from: 'alice@kam.lab',
        to: 'bob@kam.lab',
      },
    ])
    expect(log.of('gateway.changed').map(({ data }) => [data.gateway, data.state, data.up])).toEqual([
      ['sip:127.0.0.1:15071', 'IP', false],
      ['sip:127.0.0.1:15070', 'IP', false],
      ['trunk1-uuid', 'online', true],
    ])
    expect(JSON.stringify(log.records)).not.toContain('7ec100e9cba24435743b9a2f423b0da8')
  })

  it('concludes nothing from a list that it could not read, and tells gateways again only when they change', async () => {
    rpc.answers.set('ul.dump', { error: { code: 500, message: 'out of memory' } })
    rpc.answers.set('uac.reg_dump', { error: { code: 500, message: 'Method Not Found' } })
    listen('a')
    await eventually(() => expect(rpc.calls.filter((method) => method === 'ul.dump').length).toBeGreaterThan(2))
    expect(log.of('registration.snapshot')).toEqual([])
    expect(log.of('gateway.changed')).toHaveLength(2)
    rpc.answers.delete('ul.dump')
    await eventually(() => expect(log.of('registration.snapshot')).toHaveLength(1))
    expect(log.of('gateway.changed')).toHaveLength(2)
    rpc.answers.set('dispatcher.list', { result: { NRSETS: 0, RECORDS: [] } })
    listeners[0]!.resync('sbc1')
    await eventually(() =>
      expect(log.of('gateway.changed').at(-1)?.data).toMatchObject({ state: 'DELETED', up: false }),
    )
  })

  it('acknowledges nothing while the log is away, and goes on when it is back', async () => {
    log.away = true
    const listener = listen('a')
    await redis.add(STREAM, events(1, 30))
    await eventually(async () => expect(await redis.pending(STREAM, GROUP)).toBe(30))
    await pass(600)
    expect(listener.status().logAway).toBe(true)
    expect(listener.status().nodes[0]!.role).toBe('reading')
    expect(await redis.pending(STREAM, GROUP)).toBe(30)
    log.away = false
    await redis.add(STREAM, events(31, 40))
    await eventually(() => expect(seqs(log)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1)))
    await eventually(async () => expect(await redis.pending(STREAM, GROUP)).toBe(0))
    expect(log.of('switch.gap')).toEqual([])
  })

  it('of two listeners one reads and the other takes over at once when the first stops', async () => {
    const firstLog = new Log()
    const first = listen('a', firstLog)
    await eventually(() => expect(first.status().nodes[0]!.role).toBe('reading'))
    const second = listen('b')
    await redis.add(STREAM, events(1, 10))
    await eventually(() => expect(seqs(firstLog)).toHaveLength(10))
    expect(second.status().nodes[0]!.role).toBe('standby')
    firstLog.stuck = true
    await redis.add(STREAM, events(11, 20))
    await eventually(async () => expect(await redis.pending(STREAM, GROUP)).toBeGreaterThan(0))
    // it keeps the stream as long as it waits for the log
    await pass(2 * TIMING.leaseMs)
    expect(second.status().nodes[0]!.role).toBe('standby')
    await first.close()
    await eventually(() => expect(seqs(log)).toEqual(Array.from({ length: 10 }, (_, index) => index + 11)))
    await eventually(async () => expect(await redis.pending(STREAM, GROUP)).toBe(0))
    // the second knows from the first which number was the last: nothing is missing
    await pass(2 * TIMING.windowMs)
    expect(log.of('switch.gap')).toEqual([])
    await eventually(() => expect(log.of('switch.connected')).toMatchObject([{ data: { listener: 'b' } }]))
  })

  it('tells what a killed listener had read and not acknowledged, when its lease has run out', async () => {
    await redis.add(STREAM, events(1, 9))
    await redis.command('XGROUP', 'CREATE', STREAM, GROUP, '0')
    await redis.command('SET', `${STREAM}:${GROUP}:lease`, 'killed', 'PX', '60000')
    await redis.command('XREADGROUP', 'GROUP', GROUP, 'killed', 'COUNT', '6', 'STREAMS', STREAM, '>')
    const listener = listen('b')
    await eventually(() => expect(listener.status().nodes[0]!.role).toBe('standby'))
    expect(seqs(log)).toEqual([])
    await redis.command('PEXPIRE', `${STREAM}:${GROUP}:lease`, '200')
    await eventually(() => expect(seqs(log)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]))
    await eventually(async () => expect(await redis.pending(STREAM, GROUP)).toBe(0))
  })

  it('survives a restart of Redis, tells of it, and misses nothing that Redis kept', async () => {
    listen('a')
    await redis.add(STREAM, events(1, 5))
    await eventually(() => expect(seqs(log)).toHaveLength(5))
    await eventually(() => expect(log.of('registration.snapshot')).toHaveLength(1))
    await redis.kill()
    await eventually(() => expect(log.of('switch.disconnected')).toHaveLength(1))
    await redis.start()
    await redis.add(STREAM, events(6, 9))
    await eventually(() => expect(seqs(log)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]))
    await eventually(() => expect(log.of('switch.connected')).toHaveLength(2))
    await eventually(() => expect(log.of('registration.snapshot')).toHaveLength(2))
    expect(log.of('switch.gap')).toEqual([])
  })

  it('does not tell that it hears a node while that it hears nothing is being told', async () => {
    listen('a')
    await eventually(() => expect(log.of('registration.snapshot')).toHaveLength(1))
    log.delayMs = 300
    await redis.kill()
    await eventually(() => expect(log.of('switch.disconnected')).toHaveLength(1))
    await pass(600)
    expect(log.of('switch.connected')).toHaveLength(1)
    await redis.start()
  })

  it('notices a stream that was flushed or cut, by its numbers', async () => {
    const listener = listen('a')
    await redis.add(STREAM, events(1, 5))
    await eventually(() => expect(seqs(log)).toHaveLength(5))
    await redis.command('FLUSHALL')
    await redis.add(STREAM, events(9, 10))
    await eventually(() =>
      expect(log.of('switch.gap')).toMatchObject([{ data: { reason: 'events 6 to 8 are missing' } }]),
    )
    await listener.close()
    listeners.splice(0)
    await redis.add(STREAM, events(11, 30))
    await redis.command('XTRIM', STREAM, 'MAXLEN', '5')
    listen('a')
    await eventually(() => expect(seqs(log).slice(-5)).toEqual([26, 27, 28, 29, 30]))
    await eventually(() => expect(log.of('switch.gap').at(-1)?.data.reason).toBe('events 11 to 25 are missing'))
    const ids = log.records.filter(({ type }) => type !== 'switch.heartbeat').map(({ id }) => id)
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([])
  })

  it('waits for a number that comes late, and asks for a snapshot when one stays away', async () => {
    const windowMs = 3000
    listen('a', log, { windowMs })
    await eventually(() => expect(log.of('registration.snapshot')).toHaveLength(1))
    await redis.add(STREAM, [event(1), event(3), event(2), event(5)])
    await pass(50)
    await redis.add(STREAM, [event(4)])
    await pass(windowMs + 500)
    expect(seqs(log)).toEqual([1, 3, 2, 5, 4])
    expect(log.of('switch.gap')).toEqual([])
    await redis.add(STREAM, [event(7)])
    await eventually(() =>
      expect(log.of('switch.gap')).toMatchObject([
        { id: `listener/gap/${BOOT}/6-6`, data: { core: BOOT, listener: 'a', reason: 'event 6 is missing' } },
      ]),
    )
    await eventually(() => expect(log.of('registration.snapshot').at(-1)?.data.reason).toBe('gap'))
  })

  it('notices lost events from the number that the node names, also when no event follows', async () => {
    listen('a')
    await redis.add(STREAM, events(1, 3))
    rpc.seq = 5
    await eventually(() =>
      expect(log.of('switch.gap')).toMatchObject([{ data: { reason: 'events 4 to 5 are missing' } }]),
    )
    await pass(TIMING.windowMs + 300)
    expect(log.of('switch.gap')).toHaveLength(1)
  })

  it('notices a node that was restarted: started, connected, and all it knows', async () => {
    listen('a')
    await redis.add(STREAM, events(1, 3))
    await eventually(() => expect(log.of('registration.snapshot')).toHaveLength(1))
    rpc.boot = NEXT_BOOT
    await redis.add(STREAM, [event(1, NEXT_BOOT, { ev: 'kam.start' }), event(2, NEXT_BOOT)])
    await eventually(() => expect(log.of('switch.connected').map(({ data }) => data.core)).toEqual([BOOT, NEXT_BOOT]))
    await eventually(() => expect(log.of('registration.snapshot').at(-1)?.data.core).toBe(NEXT_BOOT))
    // the node itself may be quicker to tell of it than its events
    await eventually(() => expect(log.of('switch.started').map(({ data }) => data.core)).toEqual([BOOT, NEXT_BOOT]))
    expect(log.of('switch.gap')).toEqual([])
  })

  it('notices a node that is gone, though Redis stays, and one that is back', async () => {
    listen('a')
    await eventually(() => expect(log.of('switch.connected')).toHaveLength(1))
    rpc.answers.set('htable.get', { error: { code: 403, message: 'Forbidden' } })
    await eventually(() => expect(log.of('switch.disconnected')).toHaveLength(1))
    rpc.answers.delete('htable.get')
    await eventually(() => expect(log.of('switch.connected')).toHaveLength(2))
  })

  it('counts what it cannot read, loudly, and goes on', async () => {
    const listener = listen('a')
    await redis.add(STREAM, [event(1), '{"v":1', event(2, BOOT, { ev: 'weather.changed' }), event(3)])
    await redis.command('XADD', STREAM, '*', 'other', 'field')
    await eventually(() => expect(seqs(log)).toEqual([1, 3]))
    await eventually(() => expect(listener.status().nodes[0]).toMatchObject({ unreadable: 2, unknown: 1 }))
    await eventually(() =>
      expect(log.of('switch.gap').map(({ data }) => data.reason)).toEqual([
        'unreadable event: no JSON',
        'unreadable event: an entry without the field e',
      ]),
    )
    await eventually(async () => expect(await redis.pending(STREAM, GROUP)).toBe(0))
  })
})
