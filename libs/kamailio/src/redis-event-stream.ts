import { createClient } from 'redis'
import { bounded, EventStreamError } from './event-stream-error.js'

export interface RedisEventStreamOptions {
  /** `redis://[user:password@]host:port[/database]` or `rediss://…`. */
  readonly url: string
  /** Name of the stream that Kamailio writes. */
  readonly stream: string
  /** Consumer group that all listeners of this installation share. */
  readonly group: string
  /** Name of this listener; unique among those that run. */
  readonly consumer: string
  /** A listener that gives no sign for so long loses the stream to another one, ms. */
  readonly leaseMs?: number
  /** For one command, ms. A Redis that hangs is taken for gone. */
  readonly timeoutMs?: number
}

export interface StreamEntry {
  readonly id: string
  /** Undefined: the entry has no field `e`. */
  readonly payload: string | undefined
  /** The stream was cut before the entry was read: its number will be missing. */
  readonly gone: boolean
}

type Client = ReturnType<typeof createClient>

/** Redis restarted between two attempts, or the stream was deleted: the group is made again. */
const NO_GROUP = /^NOGROUP|no longer exists|requires the key to exist/
const TAKE_LEASE = `
local owner = redis.call('GET', KEYS[1])
if owner == ARGV[1] or not owner then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) return 1 end
return 0`
const DROP_LEASE = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`
/** Consumers of processes that ended; forgotten when nothing waits for them. */
const FORGET_AFTER_MS = 3_600_000

/**
 * Events of one Kamailio, read through a consumer group. One listener at a time holds the stream (a lease in Redis),
 * because two that share the entries would mix their order; the others stand by. Entries count as read only when they
 * are acknowledged: what a dead listener left is read first.
 */
export class RedisEventStream {
  private client: Client | undefined
  /** Last own pending entry that was read; undefined when all are read and new ones follow. */
  private pending: string | undefined = '0'
  private readonly keys: { readonly lease: string; readonly note: string }

  constructor(private readonly options: RedisEventStreamOptions) {
    const { stream, group } = options
    this.keys = { lease: `${stream}:${group}:lease`, note: `${stream}:${group}:note` }
  }

  /** Connects, and makes stream and group when they are missing. Throws {@link EventStreamError}. */
  async open(): Promise<void> {
    this.drop()
    const client = createClient({
      url: this.options.url,
      RESP: 2,
      disableOfflineQueue: true,
      socket: { connectTimeout: this.timeoutMs, reconnectStrategy: false },
    })
    // the failed command tells the same; without a listener the process would end
    client.on('error', () => undefined)
    this.client = client as unknown as Client
    await bounded(client.connect(), { timeoutMs: this.timeoutMs, what: 'connect' }).catch((error: unknown) => {
      this.drop()
      throw error
    })
    await this.ensureGroup()
  }

  /** Takes or renews the lease. True: this listener may read. */
  async lease(): Promise<boolean> {
    const { consumer, leaseMs = 5000 } = this.options
    return (await this.command(['EVAL', TAKE_LEASE, '1', this.keys.lease, consumer, String(leaseMs)])) === 1
  }

  /** After the lease was taken: claims what others read and never acknowledged, and starts from there. */
  async takeOver(): Promise<void> {
    const { stream, group, consumer } = this.options
    for (let cursor = '0-0'; ;) {
      const claim = ['XAUTOCLAIM', stream, group, consumer, '0', cursor, 'COUNT', '1000', 'JUSTID']
      const reply = (await this.command(claim)) as [string]
      cursor = reply[0]
      if (cursor === '0-0') break
    }
    this.pending = '0'
    await this.forgetConsumers()
  }

  /** Next entries in order; waits up to `blockMs` for new ones. Empty: nothing new. */
  async read({ count, blockMs }: { count: number; blockMs: number }): Promise<StreamEntry[]> {
    if (this.pending !== undefined) {
      const entries = await this.readGroup(this.pending, { count })
      this.pending = entries.at(-1)?.id
      if (entries.length > 0) return entries
    }
    return this.readGroup('>', { count, blockMs })
  }

  /** Marks entries as read for good, and keeps a note of the caller's in the same step. */
  async acknowledge(ids: readonly string[], note: string): Promise<void> {
    const { stream, group } = this.options
    await this.withGroup(async () => {
      const multi = this.connected().multi()
      if (ids.length > 0) multi.addCommand(['XACK', stream, group, ...ids])
      multi.addCommand(['SET', this.keys.note, note])
      await bounded(multi.exec(), { timeoutMs: this.timeoutMs, what: 'XACK' })
    })
  }

  /** The note of the last {@link acknowledge}, of whichever listener. */
  async note(): Promise<string | undefined> {
    return ((await this.command(['GET', this.keys.note])) as string | null) ?? undefined
  }

  /** Lets another listener take the stream at once, and disconnects. Never rejects. */
  async close(): Promise<void> {
    try {
      if (this.client?.isReady === true) {
        await this.command(['EVAL', DROP_LEASE, '1', this.keys.lease, this.options.consumer])
      }
    } catch {
      // the lease runs out by itself
    } finally {
      this.drop()
    }
  }

  private get timeoutMs(): number {
    return this.options.timeoutMs ?? 3000
  }

  private connected(): Client {
    if (this.client === undefined) throw new EventStreamError('not connected')
    return this.client
  }

  private drop(): void {
    const client = this.client
    this.client = undefined
    try {
      client?.destroy()
    } catch {
      // it was closed already
    }
  }

  private command(parts: readonly string[], waitMs = 0): Promise<unknown> {
    const timeoutMs = this.timeoutMs + waitMs
    return bounded(this.connected().sendCommand(parts as string[]), { timeoutMs, what: parts[0] ?? '' })
  }

  private async ensureGroup(): Promise<void> {
    const { stream, group } = this.options
    try {
      // from the oldest entry: what Kamailio wrote before the first listener ran counts, too
      await this.command(['XGROUP', 'CREATE', stream, group, '0', 'MKSTREAM'])
    } catch (error) {
      if (!(error instanceof EventStreamError && error.message.includes('BUSYGROUP'))) throw error
    }
  }

  private async withGroup<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof EventStreamError && NO_GROUP.test(error.reason))) throw error
      await this.ensureGroup()
      this.pending = undefined
      return work()
    }
  }

  private async readGroup(after: string, { count, blockMs = 0 }: { count: number; blockMs?: number }) {
    const { stream, group, consumer } = this.options
    const wait = after === '>' ? ['BLOCK', String(Math.max(1, blockMs))] : []
    const parts = ['XREADGROUP', 'GROUP', group, consumer, 'COUNT', String(count), ...wait, 'STREAMS', stream]
    const reply = await this.withGroup(() => this.command([...parts, after], blockMs))
    return entriesOf(reply)
  }

  private async forgetConsumers(): Promise<void> {
    const { stream, group, consumer } = this.options
    const rows = (await this.command(['XINFO', 'CONSUMERS', stream, group])) as (string | number)[][]
    for (const row of rows) {
      const value = (name: string) => row[row.indexOf(name) + 1]
      const name = String(value('name'))
      const idle = Number(value('idle'))
      if (name === consumer || Number(value('pending')) > 0 || idle < FORGET_AFTER_MS) continue
      await this.command(['XGROUP', 'DELCONSUMER', stream, group, name])
    }
  }
}

type RawEntry = [id: string, fields: string[] | null]

function entriesOf(reply: unknown): StreamEntry[] {
  const streams = (reply ?? []) as [string, RawEntry[]][]
  return streams.flatMap(([, entries]) =>
    entries.map(([id, fields]) => {
      const at = fields === null ? -1 : fields.findIndex((name, index) => index % 2 === 0 && name === 'e')
      return { id, payload: at < 0 ? undefined : fields?.[at + 1], gone: fields === null }
    }),
  )
}
