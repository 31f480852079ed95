/**
 * The table `ban` of infra/kamailio/bans.cfg: `<address>`, or `<address>/<user@domain>` when one user alone is refused
 * from there. A ban is not deleted but marked and left to run out at once, because Kamailio tells only of entries that
 * run out: so the end of a ban is an event like its beginning.
 */
import type { KamailioRpc } from './kamailio-rpc.js'
import { KamailioRpcError } from './kamailio-rpc-error.js'

const TABLE = 'ban'
const LIFTED = 'lifted'

export interface Ban {
  /** IP address. */
  readonly source: string
  /** user@domain; undefined when the source is silenced as a whole. */
  readonly user: string | undefined
  /** `password`, `scan`, or what an operator wrote. */
  readonly reason: string
}

/** Both: that pair; `source` alone: the source and every user refused from it; `user` alone: the user everywhere. */
export type BanSelection = { readonly source: string; readonly user?: string } | { readonly user: string }

type Rpc = Pick<KamailioRpc, 'call'>

/** All bans that one Kamailio holds just now. Throws {@link KamailioRpcError}. */
export async function listBans(rpc: Rpc): Promise<Ban[]> {
  const slots = await rpc.call('htable.dump', [TABLE])
  if (!Array.isArray(slots)) throw new KamailioRpcError('KAMAILIO_REFUSED', 'htable.dump: no list')
  const entries = (slots as { slot?: { name?: unknown; value?: unknown }[] }[]).flatMap(({ slot }) => slot ?? [])
  return entries
    .filter(({ name, value }) => typeof name === 'string' && value !== LIFTED)
    .map(({ name, value }) => ({ ...parts(String(name)), reason: String(value) }))
}

/**
 * Ends bans at one Kamailio, at once; safe to repeat. Gives those that it ended: none when there were none. The event
 * follows within a few seconds (`BAN_SCAN`). Throws {@link KamailioRpcError}.
 */
export async function liftBan(rpc: Rpc, selection: BanSelection): Promise<Ban[]> {
  const bans = (await listBans(rpc)).filter((ban) => selected(ban, selection))
  for (const { source, user } of bans) {
    const key = user === undefined ? source : `${source}/${user}`
    await rpc.call('htable.sets', [TABLE, key, LIFTED])
    await rpc.call('htable.setex', [TABLE, key, 1])
  }
  return bans
}

/** {@link liftBan} at several. What one of them refuses does not keep the others; the first error is thrown at the end. */
export async function unban(rpcs: readonly Rpc[], selection: BanSelection): Promise<Ban[]> {
  const results = await Promise.allSettled(rpcs.map((rpc) => liftBan(rpc, selection)))
  const failure = results.find((result) => result.status === 'rejected')
  if (failure !== undefined) throw failure.reason
  return results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []))
}

function selected(ban: Ban, selection: BanSelection): boolean {
  if ('source' in selection && selection.source !== ban.source) return false
  return selection.user === undefined || selection.user.toLowerCase() === ban.user
}

function parts(key: string): { source: string; user: string | undefined } {
  const slash = key.indexOf('/')
  return slash < 0 ? { source: key, user: undefined } : { source: key.slice(0, slash), user: key.slice(slash + 1) }
}
