/** After a fault: what is missing, what stands twice, and where the views differ from those of an undisturbed run. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { callEvents, type CallRecord } from '@trunkline/domain'
import { allProjections, SHARED_TABLES, startProjector } from '@trunkline/projection'
import { STREAMS, type EventLog, type LogRecord, type ViewStore } from '@trunkline/ports'
import { openSqliteViewStore } from '@trunkline/sqlite'
import { silentLogger } from '../support/pipeline.js'
import { allRows } from '../support/project.js'
import { readPartition, readStream } from './read-stream.js'
import type { Site } from './site.js'

export interface Judgement {
  /** Facts of the switches that the log lacks, and numbers that the public streams lack. */
  readonly lost: number
  /** Events that a reader of the public streams gets twice although it drops what has no greater number. */
  readonly doubled: number
  /** Anything else that is wrong, in words. */
  readonly differences: readonly string[]
}

type Rows = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>

/** Tables of what listeners tell of themselves: when they came, went, and looked differs between any two runs. */
const OF_LISTENERS = new Set(['switches', 'gaps'])
/** Where a record stood when it was parked is another place in another log. */
const OF_POSITIONS = new Set(['parked_records'])

export async function judge(site: Site, isDeaf = false): Promise<Judgement> {
  const facts = (await readStream(site.log, STREAMS.switch)).filter(isOfSwitch)
  const known = new Set(facts.map(({ id }) => id))
  const heard = (await readStream(site.twin.log, STREAMS.switch)).filter(isOfSwitch)
  const unheard = withoutLastBeats(heard).filter(({ id }) => !known.has(id))
  const lost = isDeaf ? await outsideGaps(site.views, unheard) : unheard
  const rows = await rowsOf(site.views)
  const again = await rowsOfLog(site.log)
  const twin = await rowsOf(site.twin.store)
  const spoilt = new Set(isDeaf ? await callsOf(site.twin.store, unheard) : [])
  const told = await publicEvents(site, spoilt)
  return {
    lost: lost.length + told.lost,
    doubled: told.doubled,
    differences: [
      ...lost.slice(0, 3).map(({ id, type }) => `${type} ${id} is not in the log`),
      ...differences('projected again from the log', rows, { expected: again, without: OF_POSITIONS }),
      ...(isDeaf
        ? undisturbedCalls(rows, { expected: twin, spoilt })
        : differences('undisturbed', unlisted(rows), {
            expected: unlisted(twin),
            without: new Set([...OF_LISTENERS, ...OF_POSITIONS]),
          })),
      ...told.differences,
    ],
  }
}

/** A switch that has nothing more to tell still gives signs of life: they are for who is stopped last. */
function withoutLastBeats(facts: readonly LogRecord[]): LogRecord[] {
  const isBeat = ({ type }: LogRecord) => type === 'switch.heartbeat'
  const last = new Map<string, number>()
  for (const [index, fact] of facts.entries()) if (!isBeat(fact)) last.set(fact.key, index)
  return facts.filter((fact, index) => !isBeat(fact) || index < (last.get(fact.key) ?? -1))
}

function isOfSwitch({ id, type }: LogRecord): boolean {
  return !id.startsWith('listener/') && type !== 'kafka.unreadable'
}

export async function rowsOf(store: ViewStore): Promise<Rows> {
  const parts = await Promise.all(allProjections().map((projection) => allRows(store, projection)))
  const shared = await Promise.all(
    SHARED_TABLES.map(async ({ name }) => [name, await store.all(`SELECT * FROM ${name}`)]),
  )
  return { ...(Object.fromEntries(shared) as Rows), ...(Object.assign({}, ...parts) as Rows) }
}

/** The views that one projector, which nobody disturbs, makes of the same log. */
async function rowsOfLog(log: EventLog): Promise<Rows> {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-again-'))
  const store = openSqliteViewStore({ file: join(folder, 'views.sqlite') })
  try {
    await store.createTables(SHARED_TABLES)
    const options = { log, store, projections: allProjections(), logger: silentLogger, group: 'again' }
    const projector = await startProjector(options)
    await projector.caughtUp()
    await projector.close()
    return await rowsOf(store)
  } finally {
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * Rows without what lists of channels have left in them: each listener asks for one at moments of its own, and what is
 * just missing in it, or there before its event came, is noted. The order of legs in the working state is that of arrival.
 */
function unlisted(rows: Rows): Rows {
  const fewer = new Map<string, number>()
  const states = rows['call_states']!.map((row) => {
    const state = JSON.parse(String(row['state'])) as { legs: StoredLeg[]; links: unknown[] }
    const legs = state.legs.map((leg) => ({
      ...leg,
      marks: leg.marks.filter(({ k }) => k !== 'missing' && k !== 'listed'),
    }))
    const all = state.legs.reduce((sum, { marks }) => sum + marks.length, 0)
    fewer.set(String(row['call_id']), all - legs.reduce((sum, { marks }) => sum + marks.length, 0))
    const links = state.links.map((link) => JSON.stringify(link)).sort()
    return { ...row, state: JSON.stringify({ ...state, legs: legs.sort((a, b) => (a.id < b.id ? -1 : 1)), links }) }
  })
  const calls = rows['calls']!.map((row) => {
    const details = JSON.parse(String(row['details'])) as Timed
    // the revision counts what is noted
    const revision = Number(row['revision']) - (fewer.get(String(row['id'])) ?? 0)
    return { ...row, details: JSON.stringify(unlistedRecord(details)), revision }
  })
  return { ...rows, calls, call_states: states }
}

interface StoredLeg {
  readonly id: string
  readonly marks: readonly { readonly k: string }[]
}

interface Timed {
  readonly timeline: readonly { readonly what: string }[]
}

function unlistedRecord<R extends Timed>(record: R): R {
  return { ...record, timeline: record.timeline.filter(({ what }) => what !== 'not listed by the switch') }
}

function differences(
  than: string,
  rows: Rows,
  { expected, without }: { expected: Rows; without: ReadonlySet<string> },
): string[] {
  return Object.keys(expected)
    .filter((table) => !without.has(table))
    .flatMap((table) => {
      const [is, should] = [rows[table] ?? [], expected[table]!].map(
        (some) => new Map(some.map((row) => [JSON.stringify(row), row])),
      )
      const extra = [...is!.keys()].filter((row) => !should!.has(row))
      const missing = [...should!.keys()].filter((row) => !is!.has(row))
      if (extra.length === 0 && missing.length === 0) return []
      const example = `${cut(extra[0], missing[0])} should be ${cut(missing[0], extra[0])}`
      return [`${table} differs from ${than}: ${extra.length} rows too many, ${missing.length} missing: ${example}`]
    })
}

/** The part of a row's text that differs. */
function cut(text: string | undefined, other: string | undefined): string {
  if (text === undefined) return 'nothing'
  let from = 0
  while (from < text.length && text[from] === other?.[from]) from++
  return `${text.slice(0, 80)} … ${text.slice(Math.max(80, from - 40), from + 120)}`
}

/** Facts that no gap of their switch covers: silently lost. */
async function outsideGaps(views: ViewStore, facts: readonly LogRecord[]): Promise<LogRecord[]> {
  const gaps = await views.all<{ switch: string; from_at: number | null; to_at: number }>('SELECT * FROM gaps')
  return facts.filter(
    ({ key, time }) =>
      !gaps.some((gap) => gap.switch === key && (gap.from_at ?? 0) <= time / 1000 + 1 && time / 1000 <= gap.to_at + 1),
  )
}

/** Calls that these facts speak of, and those that are related to them. */
async function callsOf(twin: ViewStore, facts: readonly LogRecord[]): Promise<string[]> {
  const channels = new Set(facts.flatMap(({ data }) => (data as { channel?: string }).channel ?? []))
  const rows = await twin.all<{ channel_id: string; call_id: string }>('SELECT channel_id, call_id FROM channels')
  const calls = new Set(rows.filter(({ channel_id: id }) => channels.has(id)).map(({ call_id: id }) => id))
  const related = await twin.all<{ id: string; conversation_id: string }>('SELECT id, conversation_id FROM calls')
  const conversations = new Set(related.filter(({ id }) => calls.has(id)).map((row) => row.conversation_id))
  return related.filter((row) => conversations.has(row.conversation_id)).map(({ id }) => id)
}

/** When something was not heard: calls that it does not concern are as if undisturbed, and none is left open. */
function undisturbedCalls(rows: Rows, { expected, spoilt }: { expected: Rows; spoilt: ReadonlySet<string> }): string[] {
  const clean = (some: Rows): Rows =>
    Object.fromEntries(
      ['calls', 'call_legs'].map((table) => {
        const id = table === 'calls' ? 'id' : 'call_id'
        return [table, some[table]!.filter((row) => !spoilt.has(String(row[id])))]
      }),
    )
  const open = rows['calls']!.filter(({ state }) => state !== 'ended').map(
    ({ id }) => `call ${String(id)} is left open`,
  )
  return [
    ...differences('undisturbed', clean(unlisted(rows)), { expected: clean(unlisted(expected)), without: new Set() }),
    ...open,
  ]
}

/** What a reader makes of the public streams that drops, in each partition, whatever has no greater number. */
async function publicEvents({ log, views, twin }: Site, spoilt: ReadonlySet<string>) {
  const [state] = await views.all<{ next_seq: number }>('SELECT next_seq FROM outbox_state')
  const seqs = new Set<number>()
  const told: ToldEvent[] = []
  const ids = new Set<string>()
  let doubled = 0
  for (const stream of [STREAMS.calls, STREAMS.presence]) {
    for (let partition = 0; partition < (await log.partitions(stream)); partition++) {
      let last = 0
      for (const { id, type, key, meta, data } of await readPartition(log, stream, partition)) {
        const seq = Number(meta?.['seq'])
        if (!(seq > last)) continue
        last = seq
        if (seqs.has(seq) || ids.has(id)) doubled++
        seqs.add(seq)
        ids.add(id)
        if (stream === STREAMS.calls) told.push({ id, type, key, data })
      }
    }
  }
  const rows = await twin.store.all<{ id: string; type: string; key: string; data: string }>(
    'SELECT id, type, `key`, data FROM outbox WHERE stream = ? ORDER BY seq',
    [STREAMS.calls],
  )
  const expected = rows.map(({ data, ...event }) => ({ ...event, data: JSON.parse(data) as unknown }))
  const calls = await twin.store.all<{ id: string }>('SELECT id FROM calls')
  const compared = calls.filter(({ id }) => !spoilt.has(id)).map(({ id }) => id)
  const wrong = compared.flatMap((call) => wrongStory(call, told, expected))
  let lost = 0
  for (let seq = 1; seq < (state?.next_seq ?? 1); seq++) if (!seqs.has(seq)) lost++
  return { lost, doubled, differences: wrong.slice(0, 3) }
}

interface ToldEvent {
  readonly id: string
  readonly type: string
  readonly key: string
  readonly data: unknown
}

/** Every step of the record that was told last has been told, and that record is the one of the undisturbed run. */
function wrongStory(call: string, told: readonly ToldEvent[], expected: readonly ToldEvent[]): string[] {
  const [is, should] = [told, expected].map((events) => {
    const own = events.filter(({ key, type }) => key === call && type !== 'call.merged')
    // an id ends in the revision, which is that of the moment
    const steps = new Set(own.map(({ id }) => id.replace(/\/\d+$/, '')))
    return { steps, record: (own.at(-1)?.data as { call?: CallRecord } | undefined)?.call }
  })
  const [mine, its] = [is, should].map((one) => textOf(one?.record))
  if (mine !== its) return [`the last record told of call ${call} is ${cut(mine, its)} should be ${cut(its, mine)}`]
  if (is?.record === undefined) return []
  return callEvents(null, is.record)
    .map(({ id }) => id.replace(/\/\d+$/, ''))
    .filter((step) => !is.steps.has(step))
    .map((step) => `${step} was not told`)
}

/** Without its revision, which counts what lists of channels have left as well. */
function textOf(record: CallRecord | undefined): string | undefined {
  return record === undefined ? undefined : JSON.stringify({ ...unlistedRecord(record), revision: 0 })
}
