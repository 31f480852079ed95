import { setTimeout as wait } from 'node:timers/promises'
import type { AnyThing, ThingKind, Things } from '@trunkline/provisioning-views'
import { z } from 'zod'
import { Problem } from '../rest/problem.js'
import { etag } from '../rest/request-headers.js'
import type { RestOperation } from '../rest/rest-operation.js'
import { presentThings } from '../things/present-things.js'
import { THING_SCHEMAS } from '../things/thing-schemas.js'
import { parseInput } from './parse-input.js'
import { listTenant, sees } from './tenant-scope.js'

interface Collection {
  readonly kind: ThingKind
  readonly path: string
  readonly group: string
  /** As in `getSipUser`, `listSipUsers`. */
  readonly one: string
  readonly many: string
  readonly words: string
  /** Field by which one can be found; none for kinds that the views cannot find so. */
  readonly findBy?: 'username' | 'number'
}

const COLLECTIONS: readonly Collection[] = [
  {
    kind: 'sip_user',
    path: '/sip-users',
    group: 'SIP users',
    one: 'SipUser',
    many: 'SipUsers',
    words: 'SIP user',
    findBy: 'username',
  },
  { kind: 'trunk', path: '/trunks', group: 'Trunks', one: 'Trunk', many: 'Trunks', words: 'trunk' },
  {
    kind: 'number',
    path: '/numbers',
    group: 'Numbers',
    one: 'Number',
    many: 'Numbers',
    words: 'number',
    findBy: 'number',
  },
  {
    kind: 'blocked_caller',
    path: '/blocked-callers',
    group: 'Blocked callers',
    one: 'BlockedCaller',
    many: 'BlockedCallers',
    words: 'blocked caller',
  },
  {
    kind: 'conference_room',
    path: '/conference-rooms',
    group: 'Conference rooms',
    one: 'ConferenceRoom',
    many: 'ConferenceRooms',
    words: 'conference room',
    findBy: 'number',
  },
  {
    kind: 'call_queue',
    path: '/call-queues',
    group: 'Call queues',
    one: 'CallQueue',
    many: 'CallQueues',
    words: 'call queue',
    findBy: 'number',
  },
  {
    kind: 'ivr_menu',
    path: '/ivr-menus',
    group: 'Voice menus',
    one: 'IvrMenu',
    many: 'IvrMenus',
    words: 'voice menu',
    findBy: 'number',
  },
]

const READERS = ['operator', 'analyst'] as const
const DEFAULT_PAGE = 100
const MAXIMUM_PAGE = 1000
/** How long a read waits for the views, ms. */
const PATIENCE_MS = 5000

const atLeastRevision = z.coerce
  .number()
  .int()
  .min(0)
  .optional()
  .describe('waits until the thing has this revision, as a command answered it; VIEWS_BEHIND when that takes long')
export const pageFields = {
  limit: z.coerce.number().int().min(1).max(MAXIMUM_PAGE).optional().describe(`${DEFAULT_PAGE} when left out`),
  after: z.string().max(512).optional().describe('what the page before gave as `next`'),
}
export const tenantField = z.string().max(255).optional().describe('SIP domain; for an admin of all tenants')
export const next = z.string().nullable().describe('to be given as `after` for what follows; null at the end')
export const pageSize = (limit: number | undefined) => limit ?? DEFAULT_PAGE

export const thingOperations: readonly RestOperation[] = [
  ...COLLECTIONS.flatMap((one) => [list(one), get(one)]),
  routes(),
]

function list({ kind, path, group, many, words, findBy }: Collection): RestOperation {
  const find = findBy === undefined ? {} : { [findBy]: z.string().max(128).optional().describe('only the one of this') }
  const query = z.strictObject({ tenant: tenantField, ...pageFields, ...find })
  const item: z.ZodType = THING_SCHEMAS[kind]
  return {
    id: `list${many}`,
    method: 'GET',
    path,
    group,
    roles: READERS,
    summary: `Lists each ${words} of a tenant, in the order of ids`,
    input: query,
    command: false,
    answers: { 200: { description: 'A page', schema: z.strictObject({ items: z.array(item), next }) } },
    async run({ viewer, input }, services) {
      const { things } = services
      const asked = parseInput<Asked>(query as z.ZodType<Asked>, input)
      const tenant = listTenant(viewer!, asked.tenant)
      const name = findBy === undefined ? undefined : asked[findBy]
      if (name !== undefined) {
        const found = await findOne(things, { kind, tenant, name })
        return { status: 200, body: { items: await presentThings(found, { services, viewer: viewer! }), next: null } }
      }
      const limit = pageSize(asked.limit)
      const page: AnyThing[] = (await things.list(kind, { tenant, after: asked.after, limit })) as AnyThing[]
      const last = page.length < limit ? undefined : page.at(-1)
      return {
        status: 200,
        body: { items: await presentThings(page, { services, viewer: viewer! }), next: last?.id ?? null },
      }
    },
  }
}

interface Asked {
  readonly tenant?: string | undefined
  readonly limit?: number | undefined
  readonly after?: string | undefined
  readonly username?: string | undefined
  readonly number?: string | undefined
}

/** By its name; without a tenant only numbers can be found, which are unique among all. */
async function findOne(
  things: Things,
  { kind, tenant, name }: { readonly kind: ThingKind; readonly tenant: string | undefined; readonly name: string },
): Promise<AnyThing[]> {
  if (kind !== 'number' && tenant === undefined) {
    throw new Problem('INVALID', { errors: [{ field: 'tenant', rule: 'must be given with a name' }] })
  }
  const found = kind === 'number' ? await things.byNumber(name) : await things.byName(tenant!, name)
  const fits = found?.kind === kind && found.status !== 'removed' && (tenant === undefined || found.tenant === tenant)
  return fits ? [found] : []
}

function get({ kind, path, group, one, words }: Collection): RestOperation {
  const query = z.strictObject({ id: z.string().max(512), atLeastRevision })
  return {
    id: `get${one}`,
    method: 'GET',
    path: `${path}/{id}`,
    group,
    roles: READERS,
    summary: `Shows a ${words}, also one that was removed`,
    input: query,
    command: false,
    answers: { 200: { description: `The ${words}`, schema: THING_SCHEMAS[kind], headers: ['ETag'] } },
    async run({ viewer, input }, services) {
      const { things } = services
      const { id, atLeastRevision } = parseInput(query, input)
      const thing = await atRevision(() => things.get(kind, id) as Promise<AnyThing | undefined>, atLeastRevision)
      if (thing === undefined || !sees(viewer!, thing.tenant)) throw new Problem('NOT_FOUND')
      const [body] = await presentThings([thing], { services, viewer: viewer! })
      return { status: 200, headers: { etag: etag(thing.revision) }, body }
    },
  }
}

/** All routes of a tenant are one thing. */
function routes(): RestOperation {
  const query = z.strictObject({ tenant: tenantField, atLeastRevision })
  return {
    id: 'getRoutes',
    method: 'GET',
    path: '/routes',
    group: 'Routes',
    roles: READERS,
    summary: 'Shows the routes of a tenant, in their order',
    input: query,
    command: false,
    answers: { 200: { description: 'The routes', schema: THING_SCHEMAS.route_set, headers: ['ETag'] } },
    async run({ viewer, input }, services) {
      const { things } = services
      const asked = parseInput(query, input)
      const tenant = listTenant(viewer!, asked.tenant)
      if (tenant === undefined)
        throw new Problem('INVALID', {
          errors: [{ field: 'tenant', rule: 'must be given by an admin of all tenants' }],
        })
      const thing = await atRevision(() => things.get('route_set', tenant), asked.atLeastRevision)
      if (thing === undefined) throw new Problem('NOT_FOUND')
      const [body] = await presentThings([thing], { services, viewer: viewer! })
      return { status: 200, headers: { etag: etag(thing.revision) }, body }
    },
  }
}

/** Reads again until the thing is as new as the reader knows that it is. Throws VIEWS_BEHIND. */
export async function atRevision<T extends { readonly revision: number }>(
  read: () => Promise<T | undefined>,
  revision: number | undefined,
): Promise<T | undefined> {
  const deadline = Date.now() + PATIENCE_MS
  for (let pause = 5; ; pause = Math.min(pause * 2, 200)) {
    const thing = await read()
    if (revision === undefined || (thing !== undefined && thing.revision >= revision)) return thing
    if (Date.now() >= deadline) throw new Problem('VIEWS_BEHIND')
    await wait(pause)
  }
}
