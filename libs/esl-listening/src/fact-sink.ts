/**
 * Takes facts from the socket at once and brings them to the log in order, in batches, one batch under way at a time.
 * While the log is away or slow they go to the spool, and the spool is drained before anything newer.
 */
import type { Fact } from '@trunkline/domain'
import { STREAMS, type EventLogWriter, type NewRecord } from '@trunkline/ports'
import { FactQueue } from './fact-queue.js'
import type { ListenerLogger } from './logger.js'
import type { Spool } from './spool.js'

const BATCH = 500
/** A fact that the log refuses for its own sake, alone and so many times, is put aside. */
const PROOF_OF_POISON = 5
const CLOSE_MS = 5000

export interface FactSinkOptions {
  readonly log: EventLogWriter
  readonly spool: Spool
  readonly logger: ListenerLogger
  /** Most facts held in memory; beyond it {@link FactSink.isFull}. 20,000 by default. */
  readonly maxQueue?: number
  /** Most bytes of events behind the facts in memory; 128 MiB by default. */
  readonly maxQueueBytes?: number
  /** Pause between attempts while the log is away, ms; 500 by default. */
  readonly retryMs?: number
  /** How long facts wait for company, so that many share one commit, ms; 5 by default. */
  readonly gatherMs?: number
  /** An append under way for longer than this is no reason to keep facts in memory: they go to disk, ms; 250 by default. */
  readonly patienceMs?: number
}

export class FactSink {
  readonly #options: FactSinkOptions
  readonly #queue: FactQueue
  /** Under way to the log and, unless spooled meanwhile, nowhere else. */
  #underWay: { readonly batch: readonly NewRecord[]; readonly since: number; spooled: boolean } | undefined
  #wake: (() => void) | undefined
  #closing = false
  #away = false
  #diskFull = false
  #unreadable = false
  #setAside = 0
  #limit = BATCH
  #refusals = 0
  #published = 0
  #parked = 0
  readonly #running: Promise<void>
  readonly #spilling: NodeJS.Timeout

  constructor(options: FactSinkOptions) {
    this.#options = options
    this.#queue = new FactQueue(options.maxQueue ?? 20_000, options.maxQueueBytes ?? 128 * 1024 * 1024)
    this.#spilling = setInterval(() => this.#spillWhenSlow(), Math.max(10, (options.patienceMs ?? 250) / 2))
    this.#spilling.unref()
    this.#running = this.#run()
  }

  /** `bytes`: about how much memory the fact takes. */
  push(fact: Fact, bytes = 512): void {
    this.#queue.push(fact, bytes)
    this.#wake?.()
  }

  /** True when the log and the disk cannot keep up: whoever feeds must let go of its source. */
  get isFull(): boolean {
    return this.#queue.fill >= 1
  }

  /** True when there is room enough to take up a source again. */
  get hasRoom(): boolean {
    return this.#queue.fill < 0.5
  }

  /** Resolves when all that was pushed so far is in the log or on disk; rejects when the sink closes before. */
  kept(): Promise<void> {
    return this.#queue.whenKept()
  }

  status() {
    const { spool } = this.#options
    return {
      queued: this.#queue.length,
      spooledBytes: spool.bytes,
      published: this.#published,
      parked: this.#parked,
      damaged: spool.damaged,
      logAway: this.#away,
      diskFull: this.#diskFull,
    }
  }

  /** Brings what is queued to the log, or to the spool when the log does not take it. */
  async close(): Promise<void> {
    this.#closing = true
    this.#wake?.()
    let timer: NodeJS.Timeout | undefined
    const tooLong = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_MS)))
    await Promise.race([this.#running, tooLong])
    clearTimeout(timer)
    clearInterval(this.#spilling)
    this.#spool()
    this.#queue.giveUp()
    this.#options.spool.close()
  }

  async #run(): Promise<void> {
    for (;;) {
      if (!this.#options.spool.isEmpty) {
        if (await this.#drain()) continue
      } else if (this.#queue.length > 0) {
        if (this.#queue.length < BATCH && !this.#closing) await this.#given(this.#options.gatherMs ?? 5)
        if (await this.#publish()) continue
      } else if (this.#closing) return
      else {
        await new Promise<void>((resolve) => (this.#wake = resolve))
        continue
      }
      if (this.#closing) return
      await this.#given(this.#options.retryMs ?? 500)
    }
  }

  /** False when the log did not take them. */
  async #publish(): Promise<boolean> {
    // the timer may have spooled them while they waited for company
    if (this.#queue.length === 0 || !this.#options.spool.isEmpty) return true
    const batch = this.#queue.take(BATCH)
    const underWay = (this.#underWay = { batch, since: performance.now(), spooled: false })
    const taken = await this.#append(batch)
    this.#underWay = undefined
    if (underWay.spooled) {
      if (taken) this.#takeFromSpool(batch.length)
    } else if (taken) this.#queue.kept(batch.length)
    else {
      this.#queue.putBack(batch)
      this.#spool()
    }
    return taken
  }

  /** False when nothing could be brought to the log. */
  async #drain(): Promise<boolean> {
    this.#spool()
    const batch = this.#peek(this.#limit)
    if (batch === undefined) return false
    if (batch.length === 0) return true
    this.#underWay = { batch: [], since: performance.now(), spooled: true }
    const taken = await this.#append(batch)
    this.#underWay = undefined
    if (taken) this.#takeFromSpool(batch.length)
    else if (!this.#away) return this.#suspect(batch)
    this.#limit = Math.min(BATCH, this.#limit * 2)
    return taken
  }

  /** The log is there and refuses these facts: smaller batches find the one, which is put aside once it is proven. */
  #suspect(batch: readonly NewRecord[]): boolean {
    const { spool, logger } = this.#options
    this.#limit = Math.max(1, batch.length >> 1)
    const [only] = batch
    if (only === undefined || batch.length > 1) return false
    if (++this.#refusals < PROOF_OF_POISON) return false
    try {
      spool.park(only, 'refused by the log')
    } catch (error) {
      logger.error({ err: error, id: only.id }, 'a fact that the log refuses cannot be put aside')
      return false
    }
    this.#refusals = 0
    logger.error(
      { id: only.id, type: only.type },
      'the log refuses this fact for good; it is put aside in parked.jsonl',
    )
    this.#parked++
    this.#takeFromSpool(1)
    return true
  }

  #takeFromSpool(count: number): void {
    if (this.#peek(count) !== undefined) this.#options.spool.take(count)
  }

  /** Undefined while the disk does not give what lies on it. */
  #peek(limit: number): readonly NewRecord[] | undefined {
    const { spool, logger } = this.#options
    try {
      const facts = spool.peek(limit)
      this.#unreadable = false
      if (spool.setAside > this.#setAside)
        logger.error(
          { facts: spool.setAside - this.#setAside },
          'the disk damaged facts; see parked.jsonl in the spool',
        )
      this.#setAside = spool.setAside
      return facts
    } catch (error) {
      if (!this.#unreadable) logger.error({ err: error }, 'the spool cannot be read; facts wait on the disk')
      this.#unreadable = true
      return undefined
    }
  }

  #spillWhenSlow(): void {
    const slow =
      this.#underWay !== undefined && performance.now() - this.#underWay.since > (this.#options.patienceMs ?? 250)
    if (slow || this.#away) this.#spool()
  }

  /** Everything in memory goes to disk, what is under way first. Stays in memory when the disk does not take it. */
  #spool(): void {
    const { spool, logger } = this.#options
    const underWay = this.#underWay?.spooled === false ? this.#underWay : undefined
    const queued = this.#queue.length
    if (queued === 0 && underWay === undefined) return
    try {
      spool.append([...(underWay?.batch ?? []), ...this.#queue.all()])
      this.#queue.take(queued)
      if (underWay !== undefined) underWay.spooled = true
      this.#queue.kept(queued + (underWay?.batch.length ?? 0))
      this.#diskFull = false
    } catch (error) {
      if (!this.#diskFull)
        logger.error({ err: error, queued }, 'facts cannot be spooled to disk; they stay in memory as long as they fit')
      this.#diskFull = true
    }
  }

  /** False when the log did not take the batch; `#away` says whether it takes nothing at all. */
  async #append(batch: readonly NewRecord[]): Promise<boolean> {
    const { log, logger } = this.#options
    try {
      await log.append(STREAMS.switch, batch)
      this.#published += batch.length
      this.#refusals = 0
      if (this.#away) logger.info({}, 'the log takes facts again')
      this.#away = false
      return true
    } catch (error) {
      const away = (error as { retryable?: unknown }).retryable === true
      if (!away) logger.error({ err: error, facts: batch.length }, 'the log refused facts')
      else if (!this.#away) logger.error({ err: error }, 'the log takes no facts; they go to disk until it does')
      this.#away = away
      return false
    }
  }

  #given(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms))
  }
}
