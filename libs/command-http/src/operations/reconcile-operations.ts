import { z } from 'zod'
import type { RestOperation } from '../rest/rest-operation.js'
import { writeSideOf } from '../rest/rest-services.js'
import { isoTime } from '../things/present-things.js'
import { requireAllTenants } from './tenant-scope.js'

const drift = z
  .strictObject({
    table: z.string().describe('of the database, or what the memory of a server holds'),
    place: z.string().describe('database, or the name of a server'),
    missing: z.int(),
    surplus: z.int(),
    different: z.int(),
    foreign: z.int().describe('not ours, and left alone'),
  })
  .meta({ id: 'Drift' })
const reconciliation = z
  .strictObject({
    target: z.string(),
    startedAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().nullable(),
    why: z.enum(['start', 'timer', 'request', 'return']),
    requestId: z.string().nullable(),
    state: z.enum(['running', 'done', 'failed']),
    reason: z.string().nullable(),
    report: z.array(drift).describe('what was found and repaired'),
  })
  .meta({ id: 'Reconciliation' })

const none = z.strictObject({})
/** Of the platform: only an admin of all tenants may. */
const common = { group: 'Provisioning', roles: [], command: false, input: none } as const

export const reconcileOperations: readonly RestOperation[] = [
  {
    ...common,
    id: 'reconcile',
    method: 'POST',
    path: '/reconcile',
    summary: 'Has Kamailio and FreeSWITCH compared with what is wanted, and repaired',
    answers: {
      202: {
        description: 'Asked for; see the reconciliations with this requestId',
        schema: z.strictObject({ requestId: z.string() }),
      },
    },
    async run({ viewer }, services) {
      requireAllTenants(viewer!)
      return { status: 202, body: { requestId: await writeSideOf(services).reconciling.request() } }
    },
  },
  {
    ...common,
    id: 'listReconciliations',
    method: 'GET',
    path: '/reconciliations',
    summary: 'Tells what the last comparisons found, the newest first',
    answers: {
      200: { description: 'The last of each target', schema: z.strictObject({ items: z.array(reconciliation) }) },
    },
    async run({ viewer }, services) {
      requireAllTenants(viewer!)
      const items = await writeSideOf(services).reconciling.list()
      const shown = items.map((one) => ({
        ...one,
        startedAt: isoTime(one.startedAt),
        finishedAt: one.finishedAt === null ? null : isoTime(one.finishedAt),
      }))
      return { status: 200, body: { items: shown } }
    },
  },
]
