import { createRequire } from 'node:module'
import type { KurrentDBClient } from '@kurrent/kurrentdb-client'
import { KurrentUrlError, type KurrentUrl } from './kurrent-url.js'

type Library = typeof import('@kurrent/kurrentdb-client')

/** Parts of the client that are protected in its types. */
interface Inner {
  supports: () => Promise<boolean>
  handleError: (client: unknown, error: Error) => Promise<void>
  getChannel: () => Promise<{ close(): void }>
}

/**
 * Makes a client, with what its version 1.3.1 cannot be left alone with mended (ADR 9 tells how each was seen):
 *
 * - It appends over one stream for all when the server offers that. There an answer that does not come, or the end of that
 *   stream, is waited out for ever, whatever the deadline; and an error without details ends the process. Saying that the
 *   server offers nothing makes it use one call for each append. It also saves a question that has no deadline either.
 * - What it does after an error is awaited by nobody, and rejects when the node that is looked for meanwhile is not found.
 */
export function createClient(url: KurrentUrl): KurrentDBClient {
  const client = construct(url)
  const inner = client as unknown as Inner
  inner.supports = async () => false
  const { handleError } = inner
  inner.handleError = (channel, error) => handleError(channel, error).catch(() => undefined)
  return client
}

function construct({ connectionString, hosts }: KurrentUrl): KurrentDBClient {
  try {
    // Loaded when it is wanted: it brings a native module, which exists for some platforms only, and takes its time.
    const library = createRequire(import.meta.url)('@kurrent/kurrentdb-client') as Library
    return library.KurrentDBClient.connectionString(connectionString)
  } catch (error) {
    // Such as a file of a certificate that is not there, or a platform that the client knows nothing of.
    throw new KurrentUrlError(`KurrentDB at ${hosts}: ${(error as Error).message.split('\n')[0]}`, { cause: error })
  }
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
