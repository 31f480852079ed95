import type { Viewer } from '@trunkline/access'
import type { LegRecord } from '@trunkline/domain'
import type { ViewReader } from '@trunkline/ports'
import { callNode, legNode, type CallNode } from '../nodes/call.node.js'
import { gapNode } from '../nodes/other.nodes.js'
import type { OpenPersons } from '../queries/context.js'
import { scopeOf } from '../queries/scope.js'
import { builderFor, run } from '../sql/query-builder.js'
import { BatchLoader } from './batch-loader.js'
import { ProvisioningLoaders } from './provisioning-loaders.js'

export type GapNode = ReturnType<typeof gapNode>
const GAPS_SHOWN = 20

/** Loaders of one operation; calls are read within the scope of the viewer. */
export interface Loaders {
  readonly calls: BatchLoader<CallNode>
  /** By call id; only to be asked for calls that the viewer may see. */
  readonly legs: BatchLoader<LegRecord[]>
  readonly gaps: BatchLoader<GapNode[]>
  readonly provisioning: ProvisioningLoaders
}

/** Without `openPersons` nobody's personal data is shown. */
export function createLoaders(reader: ViewReader, viewer: Viewer, openPersons?: OpenPersons): Loaders {
  let calls: Loaders['calls'] | undefined
  let legs: Loaders['legs'] | undefined
  let gaps: Loaders['gaps'] | undefined
  let provisioning: ProvisioningLoaders | undefined
  // Made at first use: live events, of which there are many, need none of them.
  return {
    get calls() {
      return (calls ??= new BatchLoader((ids) => readCalls(reader, viewer, ids)))
    },
    get legs() {
      return (legs ??= new BatchLoader((ids) => readLegs(reader, ids)))
    },
    get gaps() {
      return (gaps ??= new BatchLoader((names) => readGaps(reader, names), 1))
    },
    get provisioning() {
      return (provisioning ??= new ProvisioningLoaders(reader, viewer, openPersons))
    },
  }
}

async function readCalls(reader: ViewReader, viewer: Viewer, ids: readonly string[]): Promise<Map<string, CallNode>> {
  const scope = scopeOf(viewer)
  let query = builderFor(reader).selectFrom('calls as c').selectAll('c').where('c.id', 'in', ids)
  if (scope.tenant !== undefined) query = query.where('c.tenant', '=', scope.tenant)
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
  return new Map((await run(reader, query)).map((row) => [row.id, callNode(row)]))
}

async function readLegs(reader: ViewReader, ids: readonly string[]): Promise<Map<string, LegRecord[]>> {
  const query = builderFor(reader)
    .selectFrom('call_legs')
    .selectAll()
    .where('call_id', 'in', ids)
    .orderBy('call_id')
    .orderBy('started_at')
    .orderBy('leg_id')
  const legs = new Map<string, LegRecord[]>()
  for (const row of await run(reader, query)) {
    const list = legs.get(row.call_id)
    if (list === undefined) legs.set(row.call_id, [legNode(row)])
    else if (row.leg_id === row.call_id)
      list.unshift(legNode(row)) // the leg that began the call comes first, as in its record
    else list.push(legNode(row))
  }
  return legs
}

async function readGaps(reader: ViewReader, names: readonly string[]): Promise<Map<string, GapNode[]>> {
  const query = builderFor(reader)
    .selectFrom('gaps')
    .selectAll()
    .where('switch', 'in', names)
    .orderBy('to_at', 'desc')
    .orderBy('id', 'desc')
    .limit(GAPS_SHOWN)
  return new Map([[names[0]!, (await run(reader, query)).map(gapNode)]])
}
