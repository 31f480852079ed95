import type { Row, Value } from '@trunkline/ports'
import { z } from 'zod'
import type { RestOperation } from '../rest/rest-operation.js'
import { isoTime } from '../things/present-things.js'
import { parseInput } from './parse-input.js'
import { listTenant } from './tenant-scope.js'
import { next, pageFields, pageSize, tenantField } from './thing-operations.js'

const text = z.string().max(255).optional()

const auditQuery = z.strictObject({
  tenant: tenantField,
  actor: text.describe('user of the API'),
  stream: text.describe('as in an entry: one thing'),
  ...pageFields,
})
const auditEntry = z.strictObject({
  position: z.string(),
  at: z.iso.datetime(),
  tenant: z.string(),
  actor: z.string(),
  type: z.string().describe('of the event'),
  stream: z.string(),
  revision: z.int(),
  commandId: z.string(),
  correlationId: z.string(),
  summary: z.unknown().describe('what the event says, without secrets and sealed data'),
})

const itemsQuery = z.strictObject({
  tenant: tenantField,
  state: z.enum(['pending', 'applied', 'failed']).optional(),
  kind: text,
  id: text.describe('of the thing'),
  ...pageFields,
})
const item = z.strictObject({
  target: z.string().describe('kamailio, or freeswitch:NAME'),
  kind: z.string(),
  id: z.string(),
  tenant: z.string(),
  name: z.string(),
  wantedRevision: z.int(),
  appliedRevision: z.int().nullable().describe('null until it was applied once'),
  state: z.enum(['pending', 'applied', 'failed']),
  reason: z.string().nullable().describe('of the last failure'),
  attempts: z.int(),
  changedAt: z.iso.datetime(),
})

/** Newest first: who did what, when. */
const listAudit: RestOperation = {
  id: 'listAudit',
  method: 'GET',
  path: '/audit',
  group: 'Audit',
  roles: ['operator'],
  summary: 'Tells who changed what and when, the newest first',
  input: auditQuery,
  command: false,
  answers: { 200: { description: 'A page', schema: z.strictObject({ items: z.array(auditEntry), next }) } },
  async run({ viewer, input }, { store }) {
    const { tenant, actor, stream, after, limit } = parseInput(auditQuery, input)
    const from = placeOf(after)
    const where = conditions([
      ['tenant = ?', listTenant(viewer!, tenant)],
      ['actor = ?', actor],
      ['stream = ?', stream],
    ])
    if (from !== undefined) {
      where.sql = `${where.sql === '' ? 'WHERE' : `${where.sql} AND`} at <= ? AND (at < ? OR position < ?)`
      where.values.push(from.at, from.at, from.position)
    }
    const rows = await store.all(
      `SELECT * FROM provisioning_audit ${where.sql} ORDER BY at DESC, position DESC LIMIT ?`,
      [...where.values, pageSize(limit)],
    )
    const last = rows.length < pageSize(limit) ? undefined : rows.at(-1)
    const items = rows.map((row) => ({
      position: row['position'],
      at: isoTime(Number(row['at'])),
      tenant: row['tenant'],
      actor: row['actor'],
      type: row['type'],
      stream: row['stream'],
      revision: row['revision'],
      commandId: row['command_id'],
      correlationId: row['correlation_id'],
      summary: JSON.parse(String(row['summary'])) as unknown,
    }))
    return { status: 200, body: { items, next: last === undefined ? null : `${last['at']}.${last['position']}` } }
  },
}

/** What a page gave as `next`: time and position of its last entry. */
function placeOf(after: string | undefined): { at: number; position: string } | undefined {
  const [, at, position] = /^(\d{1,15})\.(.+)$/.exec(after ?? '') ?? []
  return at === undefined || position === undefined ? undefined : { at: Number(at), position }
}

const listItems: RestOperation = {
  id: 'listProvisioningItems',
  method: 'GET',
  path: '/provisioning-items',
  group: 'Provisioning',
  roles: ['operator', 'analyst'],
  summary: 'Shows how far each change has come at Kamailio and FreeSWITCH',
  input: itemsQuery,
  command: false,
  answers: { 200: { description: 'A page', schema: z.strictObject({ items: z.array(item), next }) } },
  async run({ viewer, input }, { store }) {
    const { tenant, state, kind, id, after, limit } = parseInput(itemsQuery, input)
    const from = after?.split('\n') ?? []
    const where = conditions([
      ['tenant = ?', listTenant(viewer!, tenant)],
      ['state = ?', state],
      ['kind = ?', kind],
      ['id = ?', id],
    ])
    if (from.length === 3) {
      const [k, i, t] = from as [string, string, string]
      where.sql = `${where.sql === '' ? 'WHERE' : `${where.sql} AND`} (kind > ? OR (kind = ? AND (id > ? OR (id = ? AND target > ?))))`
      where.values.push(k, k, i, i, t)
    }
    const rows = await store.all(`SELECT * FROM provisioning_items ${where.sql} ORDER BY kind, id, target LIMIT ?`, [
      ...where.values,
      pageSize(limit),
    ])
    const last = rows.length < pageSize(limit) ? undefined : rows.at(-1)
    return {
      status: 200,
      body: {
        items: rows.map(shownItem),
        next: last === undefined ? null : [last['kind'], last['id'], last['target']].join('\n'),
      },
    }
  },
}

function shownItem(row: Row) {
  return {
    target: row['target'],
    kind: row['kind'],
    id: row['id'],
    tenant: row['tenant'],
    name: row['name'],
    wantedRevision: row['wanted_revision'],
    appliedRevision: row['applied_revision'],
    state: row['state'],
    reason: row['reason'],
    attempts: row['attempts'],
    changedAt: isoTime(Number(row['changed_at'])),
  }
}

function conditions(all: readonly (readonly [string, string | undefined])[]): { sql: string; values: Value[] } {
  const given = all.filter((one): one is readonly [string, string] => one[1] !== undefined)
  const sql = given.length === 0 ? '' : `WHERE ${given.map(([condition]) => condition).join(' AND ')}`
  return { sql, values: given.map(([, value]) => value) }
}

export const auditOperations: readonly RestOperation[] = [listAudit, listItems]
