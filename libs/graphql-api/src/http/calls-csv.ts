import type { Viewer } from '@trunkline/access'
import type { ViewReader } from '@trunkline/ports'
import type { CallsFilter } from '../inputs/calls-filter.input.js'
import type { CallNode } from '../nodes/call.node.js'
import { MAXIMUM_PAGE } from '../paging/index.js'
import { callsPage, callsQuery, type SortOrder } from '../queries/calls.query.js'
import { builderFor } from '../sql/query-builder.js'
import { csvRecord, type CsvCell } from './csv.js'

const time = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString())

/** Column → cell, in order. Columns are only ever added at the end. */
const COLUMNS: Readonly<Record<string, (call: CallNode) => CsvCell>> = {
  id: (call) => call.id,
  conversation_id: (call) => call.conversationId,
  switch: (call) => call.switch,
  tenant: (call) => call.tenant,
  direction: (call) => call.direction,
  from_number: (call) => call.from.number,
  from_name: (call) => call.from.name,
  from_user: (call) => call.from.user,
  to_number: (call) => call.to.number,
  to_name: (call) => call.to.name,
  to_user: (call) => call.to.user,
  state: (call) => call.state,
  lifecycle: (call) => call.lifecycle,
  disposition: (call) => call.disposition,
  started_at: (call) => time(call.startedAt),
  ringing_at: (call) => time(call.ringingAt),
  answered_at: (call) => time(call.answeredAt),
  ended_at: (call) => time(call.endedAt),
  ring_ms: (call) => call.ringMs,
  talk_ms: (call) => call.talkMs,
  hold_ms: (call) => call.holdMs,
  pdd_ms: (call) => call.pddMs,
  cause: (call) => call.cause,
  sip_status: (call) => call.sipStatus,
  hung_up_by: (call) => call.hungUpBy,
  answered_by_kind: (call) => call.answeredBy?.kind,
  answered_by_number: (call) => call.answeredBy?.number,
  answered_by_user: (call) => call.answeredBy?.user,
  trunk: (call) => call.trunk,
  queue: (call) => call.queue?.name,
  conference: (call) => call.conference?.name,
  mos: (call) => call.quality?.mos,
  jitter_ms: (call) => call.quality?.jitterMs,
  loss_percent: (call) => call.quality?.lossPercent,
  known_how: (call) => call.known.how,
}
export const CSV_COLUMNS = Object.keys(COLUMNS)
const CELLS = Object.values(COLUMNS)

export interface CsvRequest {
  readonly viewer: Viewer
  readonly filter: CallsFilter
  readonly order: SortOrder
}

/** The calls of a filter as CSV, page by page: memory does not grow with the length of the export. */
export async function* callsCsv(reader: ViewReader, { viewer, filter, order }: CsvRequest): AsyncGenerator<string> {
  const list = callsQuery(builderFor(reader), viewer, filter, order)
  let after: string | null = null
  let header = csvRecord(CSV_COLUMNS)
  for (;;) {
    const page: Awaited<ReturnType<typeof nextPage>> = await nextPage(after)
    yield header + page.edges.map(({ node }) => csvRecord(CELLS.map((cell) => cell(node)))).join('')
    header = ''
    if (!page.pageInfo.hasNextPage) return
    after = page.pageInfo.endCursor
    // Reads on an embedded store finish at once: others must get their turn between two pages.
    await new Promise((resolve) => setImmediate(resolve))
  }
  function nextPage(cursor: string | null) {
    return callsPage(reader, list, { first: MAXIMUM_PAGE, after: cursor })
  }
}
