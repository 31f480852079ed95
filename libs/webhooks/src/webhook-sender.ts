/** Sends what waits: for each webhook in order, one at a time; a failure holds up that webhook alone. */
import { Agent, request, type Dispatcher } from 'undici'
import type { Logger } from '@trunkline/runtime'
import { signedHeaders } from './signature.js'
import type { WebhookStore } from './webhook-store.js'
import type { Webhook } from './webhook.js'
import { faultOfUrl, publicLookup } from './webhook-url.js'

/** Waits after the 1st, 2nd … failure of one delivery, s: about a day in all. After the last it is dead. */
export const RETRY_SECONDS = [5, 30, 120, 300, 900, 1800, 3600, 7200, 14_400, 28_800, 28_800] as const
const TIMEOUT_MS = 10_000
const AT_ONCE = 8
const BATCH = 20
const REASON_LENGTH = 300

export interface SenderOptions {
  readonly webhooks: WebhookStore
  readonly logger: Logger
  readonly now: () => number
  /** Whether addresses in private networks, and http, are allowed. */
  readonly allowPrivate: boolean
  readonly retrySeconds: readonly number[]
}

interface Answer {
  readonly status: number | null
  readonly reason: string | null
}

export class WebhookSender {
  readonly #options: SenderOptions
  readonly #dispatcher: Dispatcher

  constructor(options: SenderOptions) {
    this.#options = options
    const connect = options.allowPrivate ? { timeout: TIMEOUT_MS } : { timeout: TIMEOUT_MS, lookup: publicLookup }
    this.#dispatcher = new Agent({ connect, headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS, pipelining: 1 })
  }

  /** One round over these webhooks. Tells whether anything was delivered. */
  async round(webhooks: readonly Webhook[], signal: AbortSignal): Promise<boolean> {
    let delivered = false
    const queue = [...webhooks]
    const work = async () => {
      for (let one = queue.shift(); one !== undefined; one = queue.shift()) {
        if (signal.aborted) return
        if (await this.#serve(one, signal)) delivered = true
      }
    }
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, queue.length) }, work))
    return delivered
  }

  async close(): Promise<void> {
    await this.#dispatcher.close()
  }

  async #serve({ id }: Webhook, signal: AbortSignal): Promise<boolean> {
    const { webhooks, logger, now } = this.#options
    const target = await webhooks.due(id)
    if (target === undefined) return false
    let delivered = false
    for (const { event_id: eventId, body, attempts } of await webhooks.waiting(id, BATCH)) {
      if (signal.aborted) break
      const { status, reason } = await this.#post(target, { id: eventId, body })
      if (reason === null) {
        await webhooks.settle(id, eventId, { state: 'delivered', status, reason, attempts: attempts + 1, retryAt: 0 })
        delivered = true
        continue
      }
      const wait = this.#options.retrySeconds[attempts]
      const state = wait === undefined ? 'dead' : 'pending'
      const retryAt = wait === undefined ? 0 : now() + wait * 1000
      await webhooks.settle(id, eventId, { state, status, reason, attempts: attempts + 1, retryAt })
      logger.warn({ webhook: id, event: eventId, reason, attempts: attempts + 1, state }, 'a webhook was not delivered')
      // by Standard Webhooks: nobody is there any more
      if (status === 410) await webhooks.change(id, { active: false })
      if (state === 'pending') break
    }
    return delivered
  }

  async #post(
    { url, secret }: { url: string; secret: string },
    { id, body }: { id: string; body: string },
  ): Promise<Answer> {
    const fault = faultOfUrl(url, this.#options.allowPrivate)
    if (fault !== undefined) return { status: null, reason: `the address ${fault}` }
    const timestamp = Math.floor(this.#options.now() / 1000)
    try {
      const answer = await request(url, {
        method: 'POST',
        dispatcher: this.#dispatcher,
        headers: {
          'content-type': 'application/cloudevents+json',
          'user-agent': 'trunkline-webhooks',
          ...signedHeaders(secret, { id, timestamp, body }),
        },
        body,
      })
      await answer.body.dump({ limit: 65_536 })
      const { statusCode: status } = answer
      return { status, reason: status >= 200 && status < 300 ? null : `HTTP ${status}` }
    } catch (error) {
      return { status: null, reason: String((error as Error).message).slice(0, REASON_LENGTH) || 'no answer' }
    }
  }
}
