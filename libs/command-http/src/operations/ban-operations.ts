import { isIP } from 'node:net'
import { KamailioRpc, KamailioRpcError, listBans, unban, type Ban } from '@trunkline/kamailio'
import { parseKamailioNodes } from '@trunkline/kamailio-listening'
import { z } from 'zod'
import { Problem } from '../rest/problem.js'
import type { RestOperation } from '../rest/rest-operation.js'
import type { RestServices } from '../rest/rest-services.js'
import { parseInput } from './parse-input.js'
import { requireAllTenants } from './tenant-scope.js'

const source = z.string().refine((text) => isIP(text) !== 0, 'must be an IP address')
const selection = z.strictObject({
  source: source.describe('address that is let in again, and every user that was refused from there'),
  user: z
    .string()
    .max(191)
    .regex(/^\S+@\S+$/, 'must be user@domain')
    .optional()
    .describe('only this one, user@domain'),
})
const ban = z
  .strictObject({
    source: z.string(),
    user: z.string().nullable().describe('null: the address is silenced as a whole'),
    reason: z.string(),
  })
  .meta({ id: 'KamailioBan' })
const answer = z.strictObject({ items: z.array(ban) })
const shown = (bans: readonly Ban[]) => ({
  items: bans.map(({ source: from, user = null, reason }) => ({ source: from, user, reason })),
})

/** An address has no tenant: only an admin of all tenants may. A user of one tenant is let in by `unlockSipUser`. */
const common = { group: 'Bans', roles: [], command: false } as const

export const banOperations: readonly RestOperation[] = [
  {
    ...common,
    id: 'listBans',
    method: 'GET',
    path: '/bans',
    summary: 'Shows the bans that Kamailio holds now, of all its nodes',
    input: z.strictObject({}),
    answers: { 200: { description: 'Each once', schema: answer } },
    async run({ viewer }, services) {
      requireAllTenants(viewer!)
      const lists = await atKamailio(services, (nodes) => Promise.all(nodes.map((node) => listBans(node))))
      const distinct = new Map(lists.flat().map((one) => [`${one.source}/${one.user ?? ''}`, one]))
      return { status: 200, body: shown([...distinct.values()]) }
    },
  },
  {
    ...common,
    id: 'liftBan',
    method: 'POST',
    path: '/bans/lift',
    summary: 'Lets a banned address in again, at once and at every node; may be repeated',
    input: selection,
    answers: { 200: { description: 'The bans that were ended', schema: answer } },
    async run({ viewer, input }, services) {
      requireAllTenants(viewer!)
      const { source: from, user } = parseInput(selection, input)
      const wanted = user === undefined ? { source: from } : { source: from, user }
      const lifted = await atKamailio(services, (nodes) => unban(nodes, wanted))
      services.logger.info({ actor: viewer!.user, source: from, user, lifted: lifted.length }, 'bans were lifted')
      return { status: 200, body: shown(lifted) }
    },
  },
]

async function atKamailio<T>(
  { kamailioNodes, logger }: RestServices,
  work: (nodes: readonly KamailioRpc[]) => Promise<T>,
): Promise<T> {
  if (kamailioNodes === undefined) throw new Problem('NO_KAMAILIO')
  const nodes = parseKamailioNodes(kamailioNodes).map(({ rpcUrl }) => new KamailioRpc({ url: rpcUrl }))
  try {
    return await work(nodes)
  } catch (error) {
    if (!(error instanceof KamailioRpcError)) throw error
    logger.warn({ reason: error.message }, 'Kamailio could not be asked')
    throw new Problem('UNAVAILABLE', { detail: 'Kamailio does not answer, or refuses; bans may stand at some nodes.' })
  }
}
