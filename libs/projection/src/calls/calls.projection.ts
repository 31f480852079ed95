/** The `calls` view: records with legs, live calls, recordings, queues, conferences, statistics, activity. */
import {
  CallBook,
  callEvents,
  factDeclarations,
  referredLegs,
  serialiseCall,
  type CallChange,
  type CallRecord,
  type Fact,
} from '@trunkline/domain'
import { STREAMS, type Row, type TableDefinition } from '@trunkline/ports'
import type { Projection, ProjectionContext } from '../projection.js'
import * as tables from '../tables/call-tables.js'
import { presenceTable } from '../tables/node-tables.js'
import {
  activityRows,
  callRow,
  channelRows,
  conferenceRows,
  domainOf,
  legRows,
  partyRows,
  queueRows,
  recordingRows,
} from './call-rows.js'
import { CallLoader } from './call-loader.js'
import { conferenceRecordingRows } from './conference-recordings.js'
import { LiveUsers } from './live-users.js'
import { StatisticsChanges } from './statistics.js'

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

/** A table that holds several rows of one call, and how a record gives them. */
const CHILD_TABLES: readonly { table: TableDefinition; rows: (call: CallRecord) => Row[] }[] = [
  { table: tables.callLegsTable, rows: legRows },
  { table: tables.callPartiesTable, rows: partyRows },
  { table: tables.recordingsTable, rows: recordingRows },
  { table: tables.queueVisitsTable, rows: queueRows },
  { table: tables.conferenceMembersTable, rows: conferenceRows },
  { table: tables.activityTable, rows: activityRows },
]

export class CallsProjection implements Projection {
  readonly id = 'calls'
  readonly version = 1
  readonly tables = [
    tables.callsTable,
    ...CHILD_TABLES.map(({ table }) => table),
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
  private book: CallBook | null = null
  private readonly users = new LiveUsers()

  reset(): void {
    this.book = null
    this.users.clear()
  }

  afterCommit(): void {
    this.book?.evict()
  }

  async apply(batch: readonly Fact[], context: ProjectionContext): Promise<void> {
    const loader = new CallLoader(context)
    if (this.book === null) {
      const book = new CallBook()
      book.hydrate(await loader.openCalls())
      for (const record of book.records()) this.users.change(null, record)
      this.book = book
    }
    const book = this.book
    await loader.loadInto(book, batch.flatMap(referredLegs))
    for (const fact of batch) book.apply(fact)
    await loader.markHops(book)
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
    for (const { table, rows } of CHILD_TABLES) await writeChildren(context, { table, rows, changes })
    await tx.upsert(context.table(tables.callStatesTable), kept.map(stateRow))
    await tx.upsert(
      context.table(tables.channelsTable),
      kept.flatMap(({ callId, state }) => channelRows(callId, state.legs.keys())),
    )
    const statistics = new StatisticsChanges()
    for (const { before, after } of changes) statistics.add(before, after)
    await statistics.write(tx, context.table(tables.callStatisticsTable))
    for (const change of changes) tell(change, context)
    await this.writeUsers(changes, context)
  }

  private async writeUsers(changes: readonly CallChange[], context: ProjectionContext): Promise<void> {
    const touched = new Map<string, CallRecord>()
    for (const { before, after } of changes) {
      for (const user of this.users.change(before, after)) touched.set(user, (after ?? before)!)
    }
    if (touched.size === 0) return
    const users = [...touched.keys()]
    const marks = users.map(() => '?').join(', ')
    const table = context.table(tables.userCallsTable)
    const stored = await context.tx.all<{ user: string; activity: string; live_calls: number }>(
      `SELECT user, activity, live_calls FROM ${table.name} WHERE user IN (${marks})`,
      users,
    )
    const contacts = await context.tx.all<{ user: string; online: number; contacts: number }>(
      `SELECT user, online, contacts FROM ${presenceTable.name} WHERE user IN (${marks})`,
      users,
    )
    const known = new Map(stored.map((row) => [row.user, row]))
    const online = new Map(contacts.map((row) => [row.user, row]))
    const rows: Row[] = []
    for (const [user, call] of touched) {
      const now = this.users.of(user)
      const old = known.get(user)
      if (old?.activity === now.activity && old.live_calls === now.liveCalls) continue
      rows.push({ user, tenant: domainOf(user), activity: now.activity, live_calls: now.liveCalls })
      const changedAt = call.endedAt ?? call.answeredAt ?? call.ringingAt ?? call.startedAt
      context.emit({
        stream: STREAMS.presence,
        key: user,
        // one revision may change a user more than once: a leg of another call counts there
        id: `${call.id}/${call.revision}/${user}/${now.activity}/${now.liveCalls}`,
        type: 'presence.changed',
        version: 1,
        timeUs: changedAt * 1000,
        data: {
          user,
          tenant: domainOf(user),
          online: online.get(user)?.online === 1,
          contacts: online.get(user)?.contacts ?? 0,
          activity: now.activity,
          liveCalls: now.liveCalls,
          changedAt,
        },
      })
    }
    await context.tx.upsert(table, rows)
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

async function writeChildren(
  context: ProjectionContext,
  {
    table,
    rows,
    changes,
  }: { table: TableDefinition; rows: (call: CallRecord) => Row[]; changes: readonly CallChange[] },
): Promise<void> {
  const upserts: Row[] = []
  const removals: Row[] = []
  for (const { before, after } of changes) {
    const now = after === null ? [] : rows(after)
    upserts.push(...now)
    const keys = new Set(now.map((row) => keyOf(table, row)))
    if (before !== null) removals.push(...rows(before).filter((row) => !keys.has(keyOf(table, row))))
  }
  // removals first: a leg that moved to another call keeps the row it has there now
  const own = context.table(table)
  await context.tx.remove(own, removals)
  await context.tx.upsert(own, upserts)
}

function keyOf(table: TableDefinition, row: Row): string {
  return JSON.stringify(table.key.map((column) => row[column]))
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
