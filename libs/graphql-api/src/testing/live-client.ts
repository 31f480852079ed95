/** The official client of graphql-transport-ws, for tests. */
import { createClient, type Client } from 'graphql-ws'
import WebSocket from 'ws'

export interface Followed {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into any shape
  readonly data: any[]
  error: unknown
  completed: boolean
  stop(): void
}

export function connect(url: string, token: string | undefined): Client {
  return createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    lazy: true,
    connectionParams: token === undefined ? {} : { authorization: `Bearer ${token}` },
  })
}

/** Runs one operation and gathers what comes. */
export function follow(client: Client, query: string, variables: Record<string, unknown> = {}): Followed {
  const followed: Followed = { data: [], error: undefined, completed: false, stop: () => undefined }
  followed.stop = client.subscribe(
    { query, variables },
    {
      next: (message) => void followed.data.push(message.errors ? message : message.data),
      error: (error) => void (followed.error = error),
      complete: () => void (followed.completed = true),
    },
  )
  return followed
}

/** Repeats a check until it holds, for at most thirty seconds: a busy machine may stand still for some of them. */
export async function eventually(check: () => void): Promise<void> {
  const deadline = Date.now() + 30_000
  for (;;) {
    try {
      return check()
    } catch (error) {
      if (Date.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
}
