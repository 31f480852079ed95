/**
 * Sends what waits: for each webhook in order, one at a time. One that fails, or answers slowly, holds up itself alone:
 * each has a turn of its own, which ends after a while, and nobody waits for the end of all.
 */
import { Agent, request, type Dispatcher } from 'undici'
import type { Logger } from '@trunkline/runtime'
import { signedHeaders } from './signature.js'
import type { WebhookStore } from './webhook-store.js'
import { faultOfUrl, publicLookup } from './webhook-url.js'

/** Waits after the 1st, 2nd … failure of one delivery, s: about a day in all. After the last it is dead. */
export const RETRY_SECONDS = [5, 30, 120, 300, 900, 1800, 3600, 7200, 14_400, 28_800, 28_800] as const
/** For the whole of an answer, ms. */
export const TIMEOUT_MS = 10_000
/** Turns at a time; more than the webhooks of a few tenants whose receivers never answer. */
const AT_ONCE = 64
/** Nothing more is begun in a turn that has lasted so long. */
const TURN_MS = 10_000
const BATCH = 20
const MOST_ANSWER_BYTES = 65_536
const REASON_LENGTH = 300

export interface SenderOptions {
  readonly webhooks: WebhookStore
  readonly logger: Logger
  readonly now: () => number
  /** Whether addresses in private networks, and http, are allowed. */
  readonly allowPrivate: boolean
  readonly retrySeconds: readonly number[]
  readonly timeoutMs: number
  /** Whether it is still for this process to send. */
  readonly mayGoOn: () => Promise<boolean>
}

interface Answer {
  readonly status: number | null
  readonly reason: string | null
}

export class WebhookSender {
  readonly #options: SenderOptions
  readonly #dispatcher: Dispatcher
  readonly #turns = new Map<string, Promise<void>>()
  #last = ''

  constructor(options: SenderOptions) {
    this.#options = options
    const { timeoutMs: timeout, allowPrivate } = options
    const connect = allowPrivate ? { timeout } : { timeout, lookup: publicLookup }
    this.#dispatcher = new Agent({ connect, headersTimeout: timeout, bodyTimeout: timeout, pipelining: 1 })
  }

  /** Gives a turn to webhooks for which something waits, one after the other; does not wait for their receivers. */
  async round(signal: AbortSignal): Promise<void> {
    const places = AT_ONCE - this.#turns.size
    if (places <= 0) return
    const ready = (await this.#options.webhooks.ready()).filter((id) => !this.#turns.has(id))
    const next = Math.max(
      0,
      ready.findIndex((id) => id > this.#last),
    )
    for (const id of [...ready.slice(next), ...ready.slice(0, next)].slice(0, places)) {
      this.#last = id
      this.#turns.set(id, this.#turn(id, signal))
    }
  }

  /** Waits for the answers to what was sent. */
  async close(): Promise<void> {
    await Promise.all(this.#turns.values())
    await this.#dispatcher.close()
  }

  async #turn(id: string, signal: AbortSignal): Promise<void> {
    const end = performance.now() + TURN_MS
    try {
      while (performance.now() < end && (await this.#serve(id, () => this.#isOver(signal, end))));
    } catch (error) {
      this.#options.logger.warn({ webhook: id, reason: (error as Error).message }, 'a webhook waits and is tried again')
    } finally {
      this.#turns.delete(id)
    }
  }

  async #isOver(signal: AbortSignal, end: number): Promise<boolean> {
    return signal.aborted || performance.now() >= end || !(await this.#options.mayGoOn())
  }

  /** Sends some of what waits. Tells whether there may be more that can be sent now. */
  async #serve(id: string, isOver: () => Promise<boolean>): Promise<boolean> {
    const { webhooks, logger, now } = this.#options
    const target = await webhooks.due(id)
    const waiting = target === undefined ? [] : await webhooks.waiting(id, BATCH)
    for (const { event_id: eventId, body, attempts } of waiting) {
      if (await isOver()) return false
      const { status, reason } = await this.#post(target!, { id: eventId, body })
      if (reason === null) {
        await webhooks.settle(id, eventId, { state: 'delivered', status, reason, attempts: attempts + 1, retryAt: 0 })
        continue
      }
      const wait = this.#options.retrySeconds[attempts]
      const state = wait === undefined ? 'dead' : 'pending'
      const retryAt = wait === undefined ? 0 : now() + wait * 1000
      await webhooks.settle(id, eventId, { state, status, reason, attempts: attempts + 1, retryAt })
      logger.warn({ webhook: id, event: eventId, reason, attempts: attempts + 1, state }, 'a webhook was not delivered')
      // by Standard Webhooks: nobody is there any more
      if (status === 410) await webhooks.change(id, { active: false })
      if (state === 'pending' || status === 410) return false
    }
    return waiting.length === BATCH
  }

  async #post(
    { url, secret }: { url: string; secret: string },
    { id, body }: { id: string; body: string },
  ): Promise<Answer> {
    const fault = faultOfUrl(url, this.#options.allowPrivate)
    if (fault !== undefined) return { status: null, reason: `the address ${fault}` }
    const timestamp = Math.floor(this.#options.now() / 1000)
    // of the whole: a receiver that sends a byte now and then is none that answers
    const signal = AbortSignal.timeout(this.#options.timeoutMs)
    try {
      const { statusCode: status, body: rest } = await request(url, {
        method: 'POST',
        dispatcher: this.#dispatcher,
        signal,
        headers: {
          'content-type': 'application/cloudevents+json',
          'user-agent': 'trunkline-webhooks',
          ...signedHeaders(secret, { id, timestamp, body }),
        },
        body,
      })
      // what else it says is of no interest
      await rest.dump({ limit: MOST_ANSWER_BYTES, signal }).catch(() => rest.destroy())
      return { status, reason: status >= 200 && status < 300 ? null : `HTTP ${status}` }
    } catch (error) {
      if (signal.aborted) return { status: null, reason: `no answer within ${this.#options.timeoutMs / 1000} s` }
      return { status: null, reason: String((error as Error).message).slice(0, REASON_LENGTH) || 'no answer' }
    }
  }
}
