import { microsOf } from './kamailio-event.js'
import { KamailioRpcError } from './kamailio-rpc-error.js'
import type { KamailioRpc } from './kamailio-rpc.js'

/** Where a node stands: which process it is, the number of its newest event, and its own time. */
export interface NodeClock {
  readonly boot: string
  readonly seq: number
  /** µs since 1970 by Kamailio's clock. */
  readonly nowUs: number
}

/**
 * Reads the htable `sys`, where kamailio.cfg keeps boot id, event counter and the time of the latest RPC; a
 * configuration that keeps no time has ours. The time is read first: whatever is asked afterwards is no older than it.
 */
export async function readNodeClock(rpc: Pick<KamailioRpc, 'call'>): Promise<NodeClock> {
  const askedUs = Date.now() * 1000
  const told = await item(rpc, 'now').catch((error: unknown) => {
    if (error instanceof KamailioRpcError && error.retryable) throw error
    return undefined
  })
  const nowUs = told === undefined ? askedUs : microsOf(told)
  const seq = Number(await item(rpc, 'seq'))
  const boot = String(await item(rpc, 'boot'))
  return { boot, seq, nowUs }
}

/** Time at which the process started, which its boot id begins with; undefined for a boot id of another make. */
export function bootTimeUs(boot: string): number | undefined {
  const match = /^\d+\.\d+/.exec(boot)
  return match === null ? undefined : microsOf(match[0])
}

async function item(rpc: Pick<KamailioRpc, 'call'>, name: string): Promise<unknown> {
  const result = (await rpc.call('htable.get', ['sys', name])) as { item?: { value?: unknown } } | null
  const value = result?.item?.value
  if (value === undefined)
    throw new KamailioRpcError('KAMAILIO_REFUSED', `htable sys has no ${name}: other kamailio.cfg?`)
  return value
}
