import { findCommand, type BulkJob } from '@trunkline/commands'
import { z } from 'zod'
import type { RestOperation } from '../rest/rest-operation.js'
import { writeSideOf } from '../rest/rest-services.js'
import { isoTime } from '../things/present-things.js'
import { parseInput } from './parse-input.js'

const common = { group: 'Bulk', roles: ['operator'], command: false } as const
const base = '/bulk-jobs/{id}'

const job = z.strictObject({
  id: z.string(),
  tenant: z.string().describe('SIP domain'),
  state: z.enum(['running', 'done']),
  total: z.int().describe('rows'),
  done: z.int().describe('users that were created'),
  failed: z.int().describe('rows that were refused'),
  startedBy: z.string(),
  createdAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
})
const shown = (one: BulkJob) => ({
  ...one,
  createdAt: isoTime(one.createdAt),
  finishedAt: one.finishedAt === null ? null : isoTime(one.finishedAt),
})

const page = z.strictObject({
  id: z.string().max(128),
  after: z.coerce.number().int().min(-1).optional().describe('row of the last one that you have'),
  limit: z.coerce.number().int().min(1).max(500).optional().describe('500 when left out'),
})
const row = z.int().describe('from 0, as it was sent')
const pageOf = (item: z.ZodType) => ({
  200: { description: 'A page', schema: z.strictObject({ items: z.array(item), next: nextRow }) },
})
const nextRow = z.int().nullable().describe('to be given as `after` for what follows; null at the end')
const PAGE = 500

/** Whole pages may have a follower. */
const nextOf = (items: readonly { readonly row: number }[], limit = PAGE) =>
  items.length < limit ? null : (items.at(-1)?.row ?? null)

/** As the input of `createSipUser`; the tenant is that of the whole job. */
const userRow = (findCommand('createSipUser')!.input as unknown as z.ZodObject).omit({ tenant: true })

export const bulkOperations: readonly RestOperation[] = [
  {
    ...common,
    id: 'createSipUsers',
    method: 'POST',
    path: '/sip-users/bulk',
    command: true,
    summary: 'Creates up to 10,000 SIP users in one job, which goes on until it is done',
    input: z.strictObject({
      tenant: z.string().optional().describe('SIP domain; your own when left out'),
      users: z.array(userRow).min(1).max(10_000),
    }),
    answers: { 202: { description: 'Begun; ask at Location how far it is', schema: job, headers: ['Location'] } },
    async run({ viewer, input, idempotencyKey, correlationId, traceparent }, services) {
      const { tenant, users } = parseInput(z.strictObject({ tenant: z.string().optional(), users: z.unknown() }), input)
      const begun = await writeSideOf(services).bulk.start({
        tenant,
        users,
        viewer: viewer!,
        idempotencyKey,
        correlationId,
        traceparent,
      })
      const location = `/v1/bulk-jobs/${encodeURIComponent(begun.id)}`
      return { status: 202, headers: { location }, body: shown(begun) }
    },
  },
  {
    ...common,
    id: 'getBulkJob',
    method: 'GET',
    path: base,
    summary: 'Shows how far a job is',
    input: z.strictObject({ id: z.string().max(128) }),
    answers: { 200: { description: 'The job', schema: job } },
    async run({ viewer, input }, services) {
      return { status: 200, body: shown(await writeSideOf(services).bulk.job(String(input['id']), viewer!)) }
    },
  },
  {
    ...common,
    id: 'listBulkFailures',
    method: 'GET',
    path: `${base}/failures`,
    summary: 'Lists the rows that were refused, and why',
    input: page,
    answers: pageOf(
      z.strictObject({
        row,
        username: z.string(),
        code: z.string(),
        faults: z.array(z.strictObject({ field: z.string(), rule: z.string() })),
      }),
    ),
    async run({ viewer, input }, services) {
      const asked = parseInput(page, input)
      const items = await writeSideOf(services).bulk.failures({ ...asked, viewer: viewer! })
      return { status: 200, body: { items, next: nextOf(items, asked.limit) } }
    },
  },
  {
    ...common,
    id: 'listBulkCreated',
    method: 'GET',
    path: `${base}/created`,
    summary: 'Lists the SIP users that a job has created',
    input: page,
    answers: pageOf(z.strictObject({ row, username: z.string(), id: z.string() })),
    async run({ viewer, input }, services) {
      const asked = parseInput(page, input)
      const items = await writeSideOf(services).bulk.created({ ...asked, viewer: viewer! })
      return { status: 200, body: { items, next: nextOf(items, asked.limit) } }
    },
  },
  {
    ...common,
    id: 'takeBulkCredentials',
    method: 'POST',
    path: `${base}/credentials`,
    summary: 'Gives the passwords that we made, page by page; asking for the next page destroys those before it',
    input: page,
    answers: pageOf(z.strictObject({ row, id: z.string(), username: z.string(), password: z.string() })),
    async run({ viewer, input }, services) {
      const { credentials, next } = await writeSideOf(services).bulk.takeCredentials({
        ...parseInput(page, input),
        viewer: viewer!,
      })
      return { status: 200, body: { items: credentials, next } }
    },
  },
]
