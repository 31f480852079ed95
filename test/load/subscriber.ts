/** One subscriber to `callEvents`: what it heard, when, and how often. */
import type { CallMoment } from '@trunkline/simulated-switch'
import { createClient, type Client } from 'graphql-ws'
import WebSocket from 'ws'

const QUERY = 'subscription ($after: String) { callEvents(after: $after) { cursor event { id type call { id } } } }'
const AGAIN_MS = 200

interface Message {
  readonly callEvents: {
    readonly cursor: string
    readonly event: { readonly id: string; readonly type: string; readonly call: { readonly id: string } } | null
  }
}

const MOMENTS: Readonly<Record<string, CallMoment>> = {
  call_started: 'started',
  call_answered: 'answered',
  call_ended: 'ended',
}

export interface Heard {
  /** Times of arrival by `performance.now()`. */
  readonly atMs: Record<CallMoment, number[]>
}

export class Subscriber {
  readonly calls = new Map<string, Heard>()
  readonly #ids = new Set<string>()
  /** Events that came more than once. */
  doubled = 0
  connections = 0
  problem: string | undefined
  #cursor: string | undefined
  #client: Client | undefined
  #closed = false

  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  get events(): number {
    return this.#ids.size
  }

  /** Resolves when the snapshot is there. */
  async start(): Promise<void> {
    this.#connect()
    const end = Date.now() + 60_000
    while (this.#cursor === undefined) {
      if (Date.now() > end) throw new Error(`no subscription within a minute: ${this.problem ?? 'no answer'}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  /** Cuts the connection and comes back with the cursor. */
  reconnect(): void {
    this.#client?.terminate()
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#client?.dispose()
  }

  #connect(): void {
    this.connections += 1
    const client = createClient({
      url: `${this.url.replace(/^http/, 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      connectionParams: { authorization: `Bearer ${this.token}` },
    })
    this.#client = client
    const again = () => {
      if (!this.#closed) setTimeout(() => this.#closed || this.#connect(), AGAIN_MS)
    }
    client.subscribe<Message>(
      { query: QUERY, variables: { after: this.#cursor ?? null } },
      {
        next: ({ data, errors }) => {
          if (errors) this.problem = errors[0]?.message
          if (data) this.#take(data)
        },
        error: (error) => {
          this.problem = error instanceof Error ? error.message : JSON.stringify(error)
          again()
        },
        complete: again,
      },
    )
  }

  #take({ callEvents: { cursor, event } }: Message): void {
    const now = performance.now()
    this.#cursor = cursor
    if (event === null) return
    if (this.#ids.has(event.id)) this.doubled += 1
    this.#ids.add(event.id)
    const moment = MOMENTS[event.type]
    if (moment === undefined) return
    let heard = this.calls.get(event.call.id)
    if (heard === undefined) this.calls.set(event.call.id, (heard = { atMs: { started: [], answered: [], ended: [] } }))
    heard.atMs[moment].push(now)
  }
}
