import type { Viewer } from '@trunkline/access'
import type { ViewReader } from '@trunkline/ports'
import { ApiError } from '../errors/index.js'
import { callNode, type CallNode } from '../nodes/call.node.js'
import { builderFor, run, type Builder } from '../sql/query-builder.js'
import { scopeOf } from './scope.js'
import { isUnindexed } from './served.js'

/** States of a call that goes on, as far as is known. */
export const LIVE_STATES = ['started', 'ringing', 'answered', 'held', 'unknown'] as const
/** More live calls than this do not fit in one answer; `calls(filter: {state: …})` gives them in pages. */
export const MAXIMUM_LIVE = 10_000

export function liveCallsQuery(builder: Builder, viewer: Viewer) {
  const scope = scopeOf(viewer)
  let query = builder
    .selectFrom('calls as c')
    .selectAll('c')
    .where('c.state', 'in', LIVE_STATES)
    .where('c.kind', '=', 'call')
    .orderBy('c.started_at', 'desc')
    .orderBy('c.id', 'desc')
    .limit(MAXIMUM_LIVE + 1)
  if (scope.tenant !== undefined) query = query.where(isUnindexed('c.tenant', scope.tenant))
  const own = scope.ownUser
  if (own !== undefined) {
    query = query.where((eb) =>
      eb.exists(
        eb
          .selectFrom('call_parties as p')
          .select('p.call_id')
          .whereRef('p.call_id', '=', 'c.id')
          .where('p.user', '=', own),
      ),
    )
  }
  return query
}

/** All calls that go on now, newest first. */
export async function findLiveCalls(reader: ViewReader, viewer: Viewer): Promise<CallNode[]> {
  const rows = await run(reader, liveCallsQuery(builderFor(reader), viewer))
  if (rows.length > MAXIMUM_LIVE) throw new ApiError('TOO_COMPLEX', `more than ${MAXIMUM_LIVE} calls are live`)
  return rows.map(callNode)
}
