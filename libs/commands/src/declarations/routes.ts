import { ROUTES_MAX, ROUTE_TRUNKS_MAX } from '@trunkline/domain'
import { z } from 'zod'
import { declareCommand } from './declare.js'
import { commandInput, dialTarget, integer, list, thingTarget, uuid } from './fields.js'

const common = { group: 'Routes', roles: ['operator'] } as const

const aliasRule = {
  kind: z.literal('alias'),
  pattern: z.string().describe('name pattern, such as care4w-[0-9]{7}'),
  target: z
    .discriminatedUnion('kind', [z.strictObject({ kind: z.literal('freeswitch') }), thingTarget, dialTarget])
    .describe('freeswitch: as it was dialled'),
}
const localRule = { kind: z.literal('local') }
const share = z.strictObject({
  trunkId: uuid('id of the trunk'),
  priority: integer('0, as when left out, is tried first; the next one when all trunks of it failed').optional(),
  weight: integer('percent of the calls among the trunks of one priority; adds up to 100'),
})
const externalRule = {
  kind: z.literal('external'),
  prefix: z.string().describe('digits, with or without +; empty for every number'),
  priority: integer('among rules of one prefix: 0, as when left out, is tried first').optional(),
  strip: integer('characters taken off the front before it is sent; 0 when left out').optional(),
  prepend: z.string().optional().describe('digits put before what is left'),
  trunks: list(share, ROUTE_TRUNKS_MAX, 1),
}

/** Names that match an alias, names of the tenant, or numbers that leave through trunks. */
const rule = z.discriminatedUnion('kind', [
  z.strictObject(aliasRule),
  z.strictObject(localRule),
  z.strictObject(externalRule),
])
const id = { id: uuid('made by us when left out').optional() }
const ruleWithId = z.discriminatedUnion('kind', [
  z.strictObject({ ...id, ...aliasRule }),
  z.strictObject({ ...id, ...localRule }),
  z.strictObject({ ...id, ...externalRule }),
])

const ruleId = uuid('id of the rule')

export const replaceRoutes = declareCommand({
  ...common,
  name: 'replaceRoutes',
  summary: 'Makes these, in this order, all routes of a tenant',
  method: 'PUT',
  path: '/routes',
  input: commandInput({ rules: list(ruleWithId, ROUTES_MAX) }),
  result: z.object({ ruleIds: z.array(z.string()).describe('of the rules, in order') }),
})

export const putRoute = declareCommand({
  ...common,
  name: 'putRoute',
  summary: 'Adds a route, or puts it into the place of the one with its id',
  method: 'PUT',
  path: '/routes/{ruleId}',
  input: commandInput({
    ruleId: uuid('id of the rule; a new UUID for a new rule'),
    rule,
    position: integer('place among all rules, from 0; where it stands, or the end, when left out').optional(),
  }),
})

export const removeRoute = declareCommand({
  ...common,
  name: 'removeRoute',
  summary: 'Removes a route',
  method: 'DELETE',
  path: '/routes/{ruleId}',
  input: commandInput({ ruleId }),
})

export const setTrunkShare = declareCommand({
  ...common,
  name: 'setTrunkShare',
  summary: 'Gives a trunk its percentage of the calls of a route; another trunk loses or wins what it wins or loses',
  method: 'PUT',
  path: '/routes/{ruleId}/shares/{trunkId}',
  input: commandInput({
    ruleId,
    trunkId: uuid('id of the trunk; may be new to the route'),
    against: uuid('id of the trunk that loses or wins'),
    percent: integer('0 to 100'),
    priority: integer('of both trunks in the route; 0 when left out').optional(),
  }),
})
