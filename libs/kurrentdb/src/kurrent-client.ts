import { KurrentDBClient } from '@kurrent/kurrentdb-client'
import type { KurrentUrl } from './kurrent-url.js'

/** Parts of the client that are protected in its types. */
interface Inner {
  supports: () => Promise<boolean>
  handleError: (client: unknown, error: Error) => Promise<void>
  getChannel: () => Promise<{ close(): void }>
}

/**
 * Makes a client, with what its version 1.3.1 cannot be left alone with mended (each is told in ADR 9, and has a test):
 *
 * - It appends over one shared stream when the server offers that. There a lost connection rejects promises that nobody
 *   holds, which ends the process, and nothing bounds the wait for an answer. Saying that the server offers nothing
 *   makes it use one call for each append, with a deadline. It also saves a question to the server that has none.
 * - What it does after an error is not awaited, and can reject when another connection attempt of a cluster fails.
 */
export function createClient({ connectionString }: KurrentUrl): KurrentDBClient {
  const client = KurrentDBClient.connectionString(connectionString)
  const inner = client as unknown as Inner
  inner.supports = async () => false
  const { handleError } = inner
  inner.handleError = (channel, error) => handleError(channel, error).catch(() => undefined)
  return client
}

/** Ends the client's streams and its connection; it has no way of its own to do the latter. */
export async function closeClient(client: KurrentDBClient): Promise<void> {
  await client.dispose()
  const channel = (client as unknown as Inner).getChannel()
  // Not awaited: a client of a cluster that never connected would look for it first.
  channel.then(
    (open) => open.close(),
    () => undefined,
  )
}
