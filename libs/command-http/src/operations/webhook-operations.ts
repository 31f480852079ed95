import { ALL_TENANTS, type Viewer } from '@trunkline/access'
import { validateDomain } from '@trunkline/domain'
import {
  DELIVERY_STATES,
  faultOfUrl,
  WEBHOOK_TYPES,
  WEBHOOKS_MAX,
  type Webhook,
  type Webhooks,
} from '@trunkline/webhooks'
import { z } from 'zod'
import { invalid, Problem } from '../rest/problem.js'
import type { RestOperation } from '../rest/rest-operation.js'
import type { RestServices } from '../rest/rest-services.js'
import { isoTime } from '../things/present-things.js'
import { parseInput } from './parse-input.js'
import { listTenant, sees } from './tenant-scope.js'

const types = z.array(z.enum(WEBHOOK_TYPES)).min(1).nullable().describe('null, as when left out: all')
const url = z.string().describe('https; where events are sent by POST')
const webhook = z.strictObject({
  id: z.string(),
  tenant: z.string(),
  url: z.string(),
  types,
  active: z.boolean(),
  createdAt: z.iso.datetime(),
})
const shownWebhook = webhook.meta({ id: 'Webhook' })
const created = webhook.extend({
  secret: z.string().describe('signs what is sent (Standard Webhooks); shown this once'),
})
const delivery = z
  .strictObject({
    eventId: z.string(),
    type: z.string(),
    state: z.enum(DELIVERY_STATES),
    attempts: z.int(),
    status: z.int().nullable().describe('HTTP status of the last answer'),
    reason: z.string().nullable().describe('of the last failure'),
    createdAt: z.iso.datetime(),
    settledAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'WebhookDelivery' })

const byId = z.strictObject({ id: z.string().max(128) })
const newWebhook = z.strictObject({
  tenant: z.string().optional().describe('SIP domain; your own when left out'),
  url,
  types: types.optional(),
})
const change = byId.extend({ url: url.optional(), types: types.optional(), active: z.boolean().optional() })
const page = byId.extend({
  state: z.enum(DELIVERY_STATES).optional(),
  after: z.string().max(64).optional().describe('`next` of the page before'),
  limit: z.coerce.number().int().min(1).max(200).optional().describe('50 when left out'),
})
const replay = byId.extend({ eventId: z.string().max(255).optional().describe('all that are dead when left out') })

const common = { group: 'Webhooks', roles: ['operator'], command: false } as const
const one = { 200: { description: 'As it is now', schema: shownWebhook } }

export const webhookOperations: readonly RestOperation[] = [
  {
    ...common,
    id: 'createWebhook',
    method: 'POST',
    path: '/webhooks',
    summary: 'Has events of users sent to an address, signed and tried again for a day',
    input: newWebhook,
    answers: { 201: { description: 'From now on events are sent', schema: created } },
    async run({ viewer, input }, services) {
      const { webhooks, allowPrivate } = webhooksOf(services)
      const { tenant: named = viewer!.tenant, url: address, types: wanted = null } = parseInput(newWebhook, input)
      const tenant = named.toLowerCase()
      if (tenant === ALL_TENANTS) throw invalid('tenant', 'must be given by an admin of all tenants')
      if (!sees(viewer!, tenant)) throw new Problem('FORBIDDEN')
      const [fault] = validateDomain('tenant', tenant)
      if (fault !== undefined) throw invalid(fault.field, fault.rule)
      checkUrl(address, allowPrivate)
      const made = await webhooks.create({ tenant, url: address, types: wanted })
      if (made === undefined) throw invalid('tenant', `must not have more than ${WEBHOOKS_MAX} webhooks`)
      note(services, viewer!, { webhook: made.webhook.id, tenant, what: 'created' })
      return { status: 201, body: { ...shown(made.webhook), secret: made.secret } }
    },
  },
  {
    ...common,
    id: 'listWebhooks',
    method: 'GET',
    path: '/webhooks',
    summary: 'Lists webhooks',
    input: z.strictObject({}),
    answers: { 200: { description: 'All', schema: z.strictObject({ items: z.array(shownWebhook) }) } },
    async run({ viewer }, services) {
      const all = await webhooksOf(services).webhooks.list(listTenant(viewer!, undefined))
      return { status: 200, body: { items: all.map(shown) } }
    },
  },
  {
    ...common,
    id: 'updateWebhook',
    method: 'PATCH',
    path: '/webhooks/{id}',
    summary: 'Changes address or types, stops a webhook or lets it go on; what waits is tried at once',
    input: change,
    answers: one,
    async run({ viewer, input }, services) {
      const { webhooks, allowPrivate } = webhooksOf(services)
      const { id, ...wanted } = parseInput(change, input)
      const { tenant } = await found(services, id, viewer!)
      if (wanted.url !== undefined) checkUrl(wanted.url, allowPrivate)
      await webhooks.change(id, wanted as Parameters<typeof webhooks.change>[1])
      note(services, viewer!, { webhook: id, tenant, what: 'changed' })
      return { status: 200, body: shown(await found(services, id, viewer!)) }
    },
  },
  {
    ...common,
    id: 'removeWebhook',
    method: 'DELETE',
    path: '/webhooks/{id}',
    summary: 'Removes a webhook with all that waits for it',
    input: byId,
    answers: { 204: { description: 'Gone' } },
    async run({ viewer, input }, services) {
      const { id } = parseInput(byId, input)
      const { tenant } = await found(services, id, viewer!)
      await webhooksOf(services).webhooks.remove(id)
      note(services, viewer!, { webhook: id, tenant, what: 'removed' })
      return { status: 204 }
    },
  },
  {
    ...common,
    id: 'listWebhookDeliveries',
    method: 'GET',
    path: '/webhooks/{id}/deliveries',
    summary: 'Tells what was sent, what waits and what was given up, in order',
    input: page,
    answers: {
      200: {
        description: 'A page',
        schema: z.strictObject({ items: z.array(delivery), next: z.string().nullable() }),
      },
    },
    async run({ viewer, input }, services) {
      const { id, state, after, limit = 50 } = parseInput(page, input)
      await found(services, id, viewer!)
      const asked = { limit, ...(state === undefined ? {} : { state }), ...(after === undefined ? {} : { after }) }
      const all = await webhooksOf(services).webhooks.deliveries(id, asked)
      const items = all.map(({ place: _place, createdAt, settledAt, ...rest }) => ({
        ...rest,
        createdAt: isoTime(createdAt),
        settledAt: settledAt === null ? null : isoTime(settledAt),
      }))
      return { status: 200, body: { items, next: all.length < limit ? null : (all.at(-1)?.place ?? null) } }
    },
  },
  {
    ...common,
    id: 'replayWebhook',
    method: 'POST',
    path: '/webhooks/{id}/replay',
    summary: 'Sends an event again, or all that were given up',
    input: replay,
    answers: { 202: { description: 'They wait to be sent' } },
    async run({ viewer, input }, services) {
      const { id, eventId } = parseInput(replay, input)
      await found(services, id, viewer!)
      await webhooksOf(services).webhooks.replay(id, eventId)
      return { status: 202 }
    },
  },
]

function webhooksOf({ webhooks }: RestServices): Webhooks {
  if (webhooks === undefined) throw new Problem('PROVISIONING_OFF')
  return webhooks
}

async function found(services: RestServices, id: string, viewer: Viewer): Promise<Webhook> {
  const webhook = await webhooksOf(services).webhooks.get(id, listTenant(viewer, undefined))
  if (webhook === undefined) throw new Problem('NOT_FOUND')
  return webhook
}

/**
 * Webhooks are no events, so the audit view does not tell who let them be: the log does. Never the address: it may hold a
 * key.
 */
function note(
  { logger }: RestServices,
  { user }: Viewer,
  about: { webhook: string; tenant: string; what: string },
): void {
  logger.info({ actor: user, ...about }, 'a webhook was created, changed or removed')
}

function checkUrl(address: string, allowPrivate: boolean): void {
  const fault = faultOfUrl(address, allowPrivate)
  if (fault !== undefined) throw invalid('url', fault)
}

function shown({ createdAt, ...webhook }: Webhook) {
  return { ...webhook, createdAt: isoTime(createdAt) }
}
