/** A reader of the API's live events that comes back with its cursor whenever it was cut off (graphql-ws). */
import { issueToken } from '@trunkline/access'
import { createClient } from 'graphql-ws'
import WebSocket from 'ws'
import { JWT_SECRET } from './site.js'

interface Message {
  readonly callEvents: { readonly cursor: string; readonly event: { readonly id: string } | null }
}

const QUERY = 'subscription ($after: String) { callEvents(after: $after) { cursor event { id } } }'
const AGAIN_MS = 100

export class Subscriber {
  /** Ids of the events, in the order in which they came. */
  readonly seen: string[] = []
  connections = 0
  #cursor: string | undefined
  #over = false
  #leave: (() => void) | undefined
  readonly #running: Promise<void>

  private constructor(url: string, token: string) {
    this.#running = this.#run(url, token)
  }

  static async start(url: string): Promise<Subscriber> {
    const token = await issueToken(JWT_SECRET, { role: 'admin', tenant: '*', user: 'faults', ttlSeconds: 600 })
    return new Subscriber(`${url.replace('http', 'ws')}/graphql`, token)
  }

  async close(): Promise<void> {
    this.#over = true
    this.#leave?.()
    await this.#running
  }

  async #run(url: string, token: string): Promise<void> {
    while (!this.#over) {
      await this.#listen(url, token)
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
    }
  }

  async #listen(url: string, token: string): Promise<void> {
    const client = createClient({
      url,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      connectionParams: { authorization: `Bearer ${token}` },
      on: { connected: () => void this.connections++ },
    })
    await new Promise<void>((resolve) => {
      this.#leave = resolve
      const end = () => resolve()
      client.subscribe<Message>(
        { query: QUERY, variables: { after: this.#cursor ?? null } },
        { next: ({ data }) => this.#take(data), error: end, complete: end },
      )
    })
    await client.dispose()
  }

  #take(data: Message | null | undefined): void {
    if (!data) return
    if (data.callEvents.event) this.seen.push(data.callEvents.event.id)
    this.#cursor = data.callEvents.cursor
  }
}
