/** What is known of webhooks and their deliveries, in the view store. */
import { randomUUID } from 'node:crypto'
import type { Row, Value, ViewStore, ViewTransaction } from '@trunkline/ports'
import type { Vault } from '@trunkline/vault'
import { newSecret } from './signature.js'
import { WEBHOOK_TYPES, type Delivery, type DeliveryState, type Webhook, type WebhookType } from './webhook.js'
import { webhooksTable } from './webhook-tables.js'

/** Every webhook is asked for each event: a tenant has few. */
export const WEBHOOKS_MAX = 20

export interface NewWebhook {
  readonly tenant: string
  readonly url: string
  readonly types: readonly WebhookType[] | null
}

export type WebhookChange = Partial<Pick<Webhook, 'url' | 'types' | 'active'>>

export type WebhookVault = Pick<Vault, 'putSecrets' | 'secrets' | 'destroySecrets'>

export class WebhookStore {
  constructor(
    private readonly store: ViewStore,
    private readonly vault: WebhookVault,
    private readonly now: () => number,
  ) {}

  /** Gives the secret, which is shown this once; undefined when the tenant has as many as it may. */
  async create({ tenant, url, types }: NewWebhook): Promise<{ webhook: Webhook; secret: string } | undefined> {
    const [id, secret, at] = [randomUUID(), newSecret(), this.now()]
    await this.vault.putSecrets([{ id, purpose: 'webhook', text: secret }])
    const made = await this.store.transaction(async (tx) => {
      const [count] = await tx.all<{ n: number }>('SELECT count(*) AS n FROM webhooks WHERE tenant = ?', [tenant])
      if (count!.n >= WEBHOOKS_MAX) return false
      await tx.upsert(webhooksTable, [
        {
          id,
          tenant,
          url,
          types: types === null ? null : JSON.stringify(types),
          active: 1,
          created_at: at,
          next_attempt_at: 0,
        },
      ])
      return true
    })
    if (!made) await this.vault.destroySecrets([id])
    return made ? { webhook: { id, tenant, url, types, active: true, createdAt: at }, secret } : undefined
  }

  /** Of one tenant, or of all. */
  async list(tenant?: string): Promise<Webhook[]> {
    const where = tenant === undefined ? '' : 'WHERE tenant = ?'
    const rows = await this.store.all(`SELECT * FROM webhooks ${where} ORDER BY tenant, id LIMIT 1000`, present(tenant))
    return rows.map(webhookOf)
  }

  /** Undefined when it is not there, or belongs to another tenant. */
  async get(id: string, tenant?: string): Promise<Webhook | undefined> {
    const [row] = await this.store.all('SELECT * FROM webhooks WHERE id = ?', [id])
    if (row === undefined || (tenant !== undefined && row['tenant'] !== tenant)) return undefined
    return webhookOf(row)
  }

  /** An address that was changed is tried at once. */
  async change(id: string, { url, types, active }: WebhookChange): Promise<void> {
    const sets: string[] = ['next_attempt_at = 0']
    const values: Value[] = []
    const set = (column: string, value: Value) => {
      sets.push(`${column} = ?`)
      values.push(value)
    }
    if (url !== undefined) set('url', url)
    if (types !== undefined) set('types', types === null ? null : JSON.stringify(types))
    if (active !== undefined) set('active', active ? 1 : 0)
    await this.store.transaction((tx) => tx.run(`UPDATE webhooks SET ${sets.join(', ')} WHERE id = ?`, [...values, id]))
  }

  /** With everything that waits for it. */
  async remove(id: string): Promise<void> {
    await this.store.transaction(async (tx) => {
      await tx.run('DELETE FROM webhooks WHERE id = ?', [id])
      await tx.run('DELETE FROM webhook_deliveries WHERE webhook_id = ?', [id])
    })
    await this.vault.destroySecrets([id])
  }

  async deliveries(id: string, page: { state?: DeliveryState; after?: string; limit: number }): Promise<Delivery[]> {
    const where = ['webhook_id = ?']
    const values: Value[] = [id]
    if (page.state !== undefined) {
      where.push('state = ?')
      values.push(page.state)
    }
    if (page.after !== undefined) {
      where.push('place > ?')
      values.push(page.after)
    }
    const sql = `SELECT * FROM webhook_deliveries WHERE ${where.join(' AND ')} ORDER BY place LIMIT ?`
    return (await this.store.all(sql, [...values, page.limit])).map(deliveryOf)
  }

  /** Has deliveries sent (again): one by the id of its event, or all that are dead. */
  async replay(id: string, eventId?: string): Promise<void> {
    const which = eventId === undefined ? "state = 'dead'" : 'event_id = ?'
    const pending = "UPDATE webhook_deliveries SET state = 'pending', attempts = 0, settled_at = NULL"
    await this.store.transaction(async (tx) => {
      await tx.run(`${pending} WHERE webhook_id = ? AND ${which}`, [id, ...present(eventId)])
      await tx.run('UPDATE webhooks SET next_attempt_at = 0 WHERE id = ?', [id])
    })
  }

  /** Ids of webhooks that something waits for and that can be sent to now, in order. */
  async ready(): Promise<string[]> {
    const rows = await this.store.all<{ id: string }>(
      `SELECT w.id FROM webhooks w WHERE w.active = 1 AND w.next_attempt_at <= ? AND EXISTS
       (SELECT 1 FROM webhook_deliveries d WHERE d.webhook_id = w.id AND d.state = 'pending') ORDER BY w.id`,
      [this.now()],
    )
    return rows.map(({ id }) => id)
  }

  /** Address and secret of a webhook that can be sent to now; undefined when it cannot. */
  async due(id: string): Promise<{ url: string; secret: string } | undefined> {
    const sql = 'SELECT url FROM webhooks WHERE id = ? AND active = 1 AND next_attempt_at <= ?'
    const [row] = await this.store.all<{ url: string }>(sql, [id, this.now()])
    const secret = row === undefined ? undefined : (await this.vault.secrets('webhook', [id])).get(id)
    return row === undefined || secret === undefined ? undefined : { url: row.url, secret }
  }

  /** Bodies that wait, in order. */
  waiting(id: string, limit: number): Promise<{ event_id: string; body: string; attempts: number }[]> {
    const sql = `SELECT event_id, body, attempts FROM webhook_deliveries WHERE webhook_id = ? AND state = 'pending'
      ORDER BY place LIMIT ?`
    return this.store.all(sql, [id, limit])
  }

  /** What came of an attempt. Nothing, when the delivery was begun anew meanwhile: who asked for that is not to be ignored. */
  async settle(id: string, eventId: string, { state, status, reason, attempts, retryAt }: Settled): Promise<void> {
    const settledAt = state === 'pending' ? null : this.now()
    await this.store.transaction(async (tx) => {
      await tx.run(
        `UPDATE webhook_deliveries SET state = ?, status = ?, reason = ?, attempts = ?, settled_at = ?
         WHERE webhook_id = ? AND event_id = ? AND attempts = ?`,
        [state, status, reason, attempts, settledAt, id, eventId, attempts - 1],
      )
      await tx.run('UPDATE webhooks SET next_attempt_at = ? WHERE id = ?', [retryAt, id])
    })
  }

  /**
   * Forgets what was settled before, and gives up what has waited since: behind a receiver that is never there again each
   * event has its day of attempts, so that the row of those who wait would grow for ever.
   */
  async forget({ deliveredBefore, deadBefore, waitingSince }: Limits): Promise<void> {
    const sql = 'DELETE FROM webhook_deliveries WHERE state = ? AND settled_at < ?'
    const giveUp = `UPDATE webhook_deliveries SET state = 'dead', reason = ?, settled_at = ?
      WHERE state = 'pending' AND created_at < ?`
    await this.store.transaction(async (tx) => {
      await tx.run(giveUp, ['waited too long for others before it', this.now(), waitingSince])
      await tx.run(sql, ['delivered', deliveredBefore])
      await tx.run(sql, ['dead', deadBefore])
    })
  }
}

/** ms since 1970-01-01 UTC. */
export interface Limits {
  readonly deliveredBefore: number
  readonly deadBefore: number
  readonly waitingSince: number
}

export interface Settled {
  readonly state: DeliveryState
  readonly status: number | null
  readonly reason: string | null
  readonly attempts: number
  /** Before this nothing more is sent there, ms since 1970-01-01 UTC. */
  readonly retryAt: number
}

/** Active webhooks, for whoever notes events for them. */
export async function activeWebhooks(tx: Pick<ViewTransaction, 'all'>): Promise<Webhook[]> {
  return (await tx.all('SELECT * FROM webhooks WHERE active = 1')).map(webhookOf)
}

const present = (value: string | undefined): Value[] => (value === undefined ? [] : [value])

function webhookOf(row: Row): Webhook {
  const types = row['types'] === null ? null : (JSON.parse(String(row['types'])) as WebhookType[])
  return {
    id: String(row['id']),
    tenant: String(row['tenant']),
    url: String(row['url']),
    types: types?.filter((type) => WEBHOOK_TYPES.includes(type)) ?? null,
    active: Number(row['active']) === 1,
    createdAt: Number(row['created_at']),
  }
}

const numberOrNull = (value: Value | undefined) => (value === null || value === undefined ? null : Number(value))

function deliveryOf(row: Row): Delivery {
  return {
    eventId: String(row['event_id']),
    type: String(row['type']),
    state: row['state'] as DeliveryState,
    attempts: Number(row['attempts']),
    status: numberOrNull(row['status']),
    reason: row['reason'] as string | null,
    createdAt: Number(row['created_at']),
    settledAt: numberOrNull(row['settled_at']),
    place: String(row['place']),
  }
}
