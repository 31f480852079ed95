/** The `calls` view: records with legs, live calls, recordings, queues, conferences, statistics, activity. */
import {
  CallBook,
  callEvents,
  factDeclarations,
  serialiseCall,
  type CallChange,
  type CallRecord,
  type Fact,
} from '@trunkline/domain'
import { STREAMS, type Row } from '@trunkline/ports'
import type { Projection, ProjectionContext } from '../projection.js'
import * as tables from '../tables/call-tables.js'
import { CallLoader } from './call-loader.js'
import { callRow, channelRows } from './call-rows.js'
import { CHILD_TABLES, writeChildren } from './child-rows.js'
import { conferenceRecordingRows } from './conference-recordings.js'
import { StatisticsChanges } from './statistics.js'
import { writeUsers } from './user-calls.js'

const HANDLED_PREFIXES = [
  'channel.',
  'recording.',
  'queue.',
  'fifo.',
  'conference.',
  'parking.',
  'voicemail.',
  'dialog.',
  'switch.snapshot',
]

export class CallsProjection implements Projection {
  readonly id = 'calls'
  readonly version = 2
  readonly tables = [
    tables.callsTable,
    ...CHILD_TABLES,
    tables.callStatesTable,
    tables.channelsTable,
    tables.callStatisticsTable,
    tables.userCallsTable,
  ]
  readonly handles: ReadonlySet<string> = new Set(
    factDeclarations
      .map(({ type }) => type)
      .filter((type) => HANDLED_PREFIXES.some((prefix) => type.startsWith(prefix))),
  )
  readonly lookups: ReadonlySet<string> = new Set(['call_states_open', 'call_legs_sip'])
  /** A cache: any call may be missing from it. Dropped when somebody else wrote. */
  private book = new CallBook()
  private readonly complete = new Set<string>()

  reset(): void {
    this.book = new CallBook()
    this.complete.clear()
  }

  afterCommit(): void {
    this.book.evict()
  }

  async apply(batch: readonly Fact[], context: ProjectionContext): Promise<void> {
    const { book } = this
    const loader = new CallLoader(context, book, this.complete)
    await loader.load(batch)
    for (const fact of batch) book.apply(fact)
    await loader.markHops()
    const changes = book.drain().filter(({ before, after }) => !same(before, after))
    await this.write(changes, context)
    await conferenceRecordingRows(batch, context)
  }

  private async write(changes: readonly CallChange[], context: ProjectionContext): Promise<void> {
    const { tx } = context
    const kept = changes.filter((change) => change.after !== null)
    const gone = changes.filter((change) => change.after === null)
    await tx.remove(
      context.table(tables.callsTable),
      gone.map(({ callId }) => ({ id: callId })),
    )
    await tx.remove(
      context.table(tables.callStatesTable),
      gone.map(({ callId }) => ({ call_id: callId })),
    )
    await tx.upsert(
      context.table(tables.callsTable),
      kept.map(({ after }) => callRow(after!)),
    )
    await writeChildren(changes, context)
    await tx.upsert(context.table(tables.callStatesTable), kept.map(stateRow))
    await tx.upsert(
      context.table(tables.channelsTable),
      kept.flatMap(({ callId, state }) => channelRows(callId, state.legs.keys())),
    )
    const statistics = new StatisticsChanges()
    for (const { before, after } of changes) statistics.add(before, after)
    await statistics.write(tx, context.table(tables.callStatisticsTable))
    for (const change of changes) tell(change, context)
    await writeUsers(changes, context)
  }
}

function same(before: CallRecord | null, after: CallRecord | null): boolean {
  return (
    before !== null &&
    after !== null &&
    before.revision === after.revision &&
    JSON.stringify(before) === JSON.stringify(after)
  )
}

function stateRow({ callId, state, after }: CallChange): Row {
  return { call_id: callId, switch: state.switch, open: after?.state === 'ended' ? 0 : 1, state: serialiseCall(state) }
}

function tell(change: CallChange, context: ProjectionContext): void {
  const { before, after, callId, mergedInto } = change
  const events = after === null ? mergedEvents(change) : callEvents(before, after)
  for (const event of events) {
    const { id, type, data } = event
    context.emit({
      stream: STREAMS.calls,
      key: after === null ? (mergedInto ?? callId) : callId,
      id,
      type,
      version: 1,
      timeUs: data.at * 1000,
      data,
    })
  }
}

/** A call that turned out to be part of another was told of before: whoever shows it must take it away. */
function mergedEvents({ before, callId, mergedInto }: CallChange) {
  if (before === null) return []
  const at = before.endedAt ?? before.startedAt
  const call: CallRecord = { ...before, state: 'ended', endedAt: at }
  return [{ id: `${callId}/merged/${mergedInto}`, type: 'call.merged', data: { at, call, mergedInto } }]
}
