/** Notes for each webhook the events that it wants: a reader with checkpoints, which move with the rows in one transaction. */
import type { PresenceChanged } from '@trunkline/domain'
import {
  STREAMS,
  type EventLogReader,
  type EventStoreReader,
  type LogRecord,
  type Row,
  type StoredEvent,
  type ViewStore,
  type ViewTransaction,
} from '@trunkline/ports'
import { publicData } from '@trunkline/provisioning-views'
import { activeWebhooks } from './webhook-store.js'
import { deliveriesTable, onlineTable } from './webhook-tables.js'
import { bodyOf, WEBHOOK_TYPES, type Notice, type WebhookType } from './webhook.js'

const DECIDED = 'webhooks'
const PRESENCE = 'webhooks.presence'
const BATCH = 500

export interface IntakeOptions {
  readonly eventStore: EventStoreReader
  readonly log: EventLogReader
  readonly store: ViewStore
  readonly now: () => number
}

export class WebhookIntake {
  readonly #options: IntakeOptions
  /** Partitions of presence that have been looked at without a checkpoint: from there on all is told. */
  readonly #seenEmpty = new Set<number>()
  #lastMs = 0
  #lastPlace = ''
  #count = 0

  constructor(options: IntakeOptions) {
    this.#options = options
  }

  /** One batch of each source. Tells whether there was anything. */
  async step(): Promise<boolean> {
    const { log } = this.#options
    let any = await this.#decided()
    for (let partition = 0; partition < (await log.partitions(STREAMS.presence)); partition++)
      any = (await this.#presence(partition)) || any
    return any
  }

  async #decided(): Promise<boolean> {
    const { eventStore, store } = this.#options
    const from = await store.checkpoint(DECIDED, 0)
    const events = await eventStore.readAll({ after: from, limit: BATCH })
    const last = events.at(-1)
    if (last === undefined) return false
    await store.transaction(async (tx) => {
      await tx.moveCheckpoint(DECIDED, { partition: 0, from, to: last.position })
      await this.#note(tx, events.flatMap(noticeOf))
    })
    return true
  }

  async #presence(partition: number): Promise<boolean> {
    const { log, store } = this.#options
    const from = await store.checkpoint(PRESENCE, partition)
    // whoever begins tells of what is to come: there was no webhook before
    if (from === undefined && !this.#seenEmpty.has(partition)) {
      const end = await log.end(STREAMS.presence, partition)
      this.#seenEmpty.add(partition)
      if (end === undefined) return false
      await store.transaction((tx) => tx.moveCheckpoint(PRESENCE, { partition, from, to: end }))
      return true
    }
    const records = await log.read({ stream: STREAMS.presence, partition, after: from, limit: BATCH })
    const last = records.at(-1)
    if (last === undefined) return false
    await store.transaction(async (tx) => {
      await tx.moveCheckpoint(PRESENCE, { partition, from, to: last.position })
      await this.#note(tx, await changesOf(tx, records))
    })
    return true
  }

  async #note(tx: ViewTransaction, notices: readonly Notice[]): Promise<void> {
    if (notices.length === 0) return
    const webhooks = await activeWebhooks(tx)
    const wanted = notices.flatMap((notice) =>
      webhooks
        .filter(({ tenant, types, createdAt }) => {
          const isOfType = types === null || types.includes(notice.type)
          return tenant === notice.tenant && isOfType && createdAt <= notice.time / 1000
        })
        .map(({ id }) => ({ id, notice })),
    )
    for (const id of new Set(wanted.map((one) => one.id))) await this.#comeAfter(tx, id)
    const rows = wanted.map(({ id, notice }) => this.#row(id, notice))
    if (rows.length > 0) await tx.upsert(deliveriesTable, rows)
  }

  /** What another process noted comes before, also when its clock was ahead of ours. */
  async #comeAfter(tx: ViewTransaction, webhookId: string): Promise<void> {
    const sql = 'SELECT place FROM webhook_deliveries WHERE webhook_id = ? ORDER BY place DESC LIMIT 1'
    const [newest] = await tx.all<{ place: string }>(sql, [webhookId])
    if (newest === undefined || newest.place <= this.#lastPlace) return
    this.#lastMs = Math.max(this.#lastMs, Number(newest.place.slice(0, 15)) + 1)
  }

  #row(webhookId: string, notice: Notice): Row {
    const now = this.#options.now()
    this.#lastMs = Math.max(this.#lastMs, now)
    const place = `${String(this.#lastMs).padStart(15, '0')}-${String(this.#count++).padStart(15, '0')}`
    this.#lastPlace = place
    return {
      webhook_id: webhookId,
      event_id: notice.id,
      place,
      type: notice.type,
      body: bodyOf(notice),
      state: 'pending',
      attempts: 0,
      status: null,
      reason: null,
      created_at: now,
      settled_at: null,
    }
  }
}

const TYPES: ReadonlySet<string> = new Set(WEBHOOK_TYPES)

function noticeOf({ id, type, time, data, stream }: StoredEvent): Notice[] {
  if (!stream.startsWith('sip_user-') || !TYPES.has(type)) return []
  const { tenant, username } = data as { readonly tenant: string; readonly username: string }
  return [{ id, type: type as WebhookType, tenant, subject: `${username}@${tenant}`, time, data: publicData(data) }]
}

/** Presence tells more than webhooks do: only who came and who went is of interest, each once. */
async function changesOf(tx: ViewTransaction, records: readonly LogRecord[]): Promise<Notice[]> {
  const notices: Notice[] = []
  const known = new Map<string, Row>()
  for (const { id, type, data } of records) {
    if (type !== 'presence.changed') continue
    const { user, tenant, online, contacts, changedAt } = data as PresenceChanged
    const sql = 'SELECT * FROM webhook_online WHERE `user` = ?'
    const before = known.get(user) ?? (await tx.all(sql, [user]))[0]
    if (before !== undefined && Number(before['changed_at']) > changedAt) continue
    known.set(user, { user, online: online ? 1 : 0, changed_at: changedAt })
    if (online === (Number(before?.['online'] ?? 0) === 1)) continue
    const about = { user, tenant, online, contacts }
    const told = online ? 'user.registered' : 'user.unregistered'
    notices.push({ id, type: told, tenant, subject: user, time: changedAt * 1000, data: about })
  }
  if (known.size > 0) await tx.upsert(onlineTable, [...known.values()])
  return notices
}
