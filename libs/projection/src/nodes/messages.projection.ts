/** The `messages` view: one row a SIP MESSAGE. The furthest state wins, in whatever order the events come. */
import { normaliseAddress, tenantOf, type Fact, type RegistrationFact } from '@trunkline/domain'
import type { Row } from '@trunkline/ports'
import type { Projection, ProjectionContext } from '../projection.js'
import { messagesTable } from '../tables/node-tables.js'
import { chunks, marks } from './chunks.js'
import { keyText } from './key-text.js'

type MessageFact = Extract<RegistrationFact, { type: 'message.changed' }>
type State = MessageFact['data']['state']

/** A message that failed once and is kept for later is stored; one that reached any phone is delivered. */
const RANK: Readonly<Record<State, number>> = { received: 0, sent: 1, failed: 2, stored: 3, delivered: 4 }

interface MessageRow {
  readonly id: string
  readonly switch: string
  readonly tenant: string
  readonly from_user: string | null
  readonly to_user: string | null
  readonly content_type: string | null
  readonly body: string | null
  readonly state: State
  readonly sip_status: number | null
  readonly received_at: number
  readonly changed_at_us: number
}

export class MessagesProjection implements Projection {
  readonly id = 'messages'
  readonly version = 1
  readonly tables = [messagesTable]
  readonly lookups: ReadonlySet<string> = new Set()
  readonly handles: ReadonlySet<string> = new Set(['message.changed'])

  async apply(batch: readonly Fact[], context: ProjectionContext): Promise<void> {
    const facts = batch.filter((fact): fact is MessageFact => fact.type === 'message.changed')
    const table = context.table(messagesTable)
    const rows = new Map<string, MessageRow>()
    for (const some of chunks([...new Set(facts.map(rowId))])) {
      const sql = `SELECT * FROM ${table.name} WHERE id IN (${marks(some)})`
      for (const row of await context.tx.all<MessageRow>(sql, some)) rows.set(row.id, row)
    }
    const changed = new Map<string, MessageRow>()
    for (const fact of facts) {
      const id = rowId(fact)
      const before = changed.get(id) ?? rows.get(id)
      const after = before === undefined ? firstRow(id, fact) : fold(before, fact)
      if (after !== before) changed.set(id, after)
    }
    if (changed.size > 0)
      await context.tx.upsert(
        table,
        [...changed.values()].map((row): Row => ({ ...row })),
      )
  }
}

/** Call-IDs are the senders' choice: those of two switches are never one message. */
function rowId(fact: MessageFact): string {
  return keyText(`${fact.key}/${fact.data.message}`)
}

function firstRow(id: string, fact: MessageFact): MessageRow {
  const { data } = fact
  const to = said(normaliseAddress(data.to))
  const from = said(normaliseAddress(data.from))
  return {
    id,
    switch: fact.key,
    tenant: tenantOf(to ?? from ?? ''),
    from_user: from,
    to_user: to,
    content_type: data.contentType ?? null,
    body: data.body ?? null,
    state: data.state,
    sip_status: data.status ?? null,
    received_at: Math.floor(fact.time / 1000),
    changed_at_us: fact.time,
  }
}

function fold(before: MessageRow, fact: MessageFact): MessageRow {
  const news = firstRow(before.id, fact)
  const wins =
    RANK[news.state] > RANK[before.state] || (news.state === before.state && news.changed_at_us < before.changed_at_us)
  // what the request said stays; the first told of each, by time, is kept
  const [first, second] = news.changed_at_us < before.received_at * 1000 ? [news, before] : [before, news]
  const row: MessageRow = {
    id: before.id,
    switch: before.switch,
    tenant: tenantOf(first.to_user ?? second.to_user ?? first.from_user ?? second.from_user ?? ''),
    from_user: first.from_user ?? second.from_user,
    to_user: first.to_user ?? second.to_user,
    content_type: first.content_type ?? second.content_type,
    body: first.body ?? second.body,
    state: wins ? news.state : before.state,
    sip_status: wins ? news.sip_status : before.sip_status,
    received_at: Math.min(before.received_at, news.received_at),
    changed_at_us: wins ? news.changed_at_us : before.changed_at_us,
  }
  return (Object.keys(row) as (keyof MessageRow)[]).every((name) => row[name] === before[name]) ? before : row
}

function said(address: string): string | null {
  return address === '' ? null : address
}
