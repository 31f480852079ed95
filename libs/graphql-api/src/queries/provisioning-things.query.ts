import type { Viewer } from '@trunkline/access'
import {
  NUMBERS,
  provisionedNamesTable,
  provisionedTable,
  thingOfRow,
  type Thing,
  type ThingKind,
} from '@trunkline/provisioning-views'
import { sql } from 'kysely'
import { ApiError } from '../errors/index.js'
import type { AtLeast, ThingsFilter } from '../inputs/provisioning.input.js'
import type { Connection, Keyset, PageArguments } from '../paging/index.js'
import { builderFor, run } from '../sql/query-builder.js'
import type { ApiContext } from './context.js'
import { fitted } from './fitted.js'
import { startsWith } from './like.js'
import { atRevision } from './provisioning-wait.js'
import { scopeOf } from './scope.js'
import { indexedPage, is } from './served-page.js'

/** Longer than any name. */
const LONGEST = 255

export interface ThingList<K extends ThingKind, N> {
  readonly kind: K
  readonly filter?: ThingsFilter | null
  readonly atLeast?: AtLeast | null
  readonly page: PageArguments
  readonly node: (thing: Thing<K>) => N
}

const keyset = (kind: string, columns: readonly string[]): Keyset => ({
  list: `${kind}:${columns.join()}`,
  columns: columns.map((column) => ({ column: `provisioned.${column}`, field: column, kind: 'string' })),
  descending: false,
})

/** Things of one kind by name; those of all tenants by tenant and name. */
export async function findThings<K extends ThingKind, N>(
  context: ApiContext,
  { kind, filter, atLeast, page, node }: ThingList<K, N>,
): Promise<Connection<N>> {
  const { reader, viewer } = context
  if (atLeast != null) await atRevision(() => findThing(context, kind, atLeast.id), atLeast.revision)
  const { ownUser } = scopeOf(viewer)
  const tenant = tenantOf(viewer, filter?.tenant)
  const name = prefixOf(filter?.name)
  const status = filter?.status ?? undefined
  const present = status === undefined ? sql<boolean>`provisioned.status <> 'removed'` : undefined
  const within: (readonly [string, string])[] = [['provisioned.kind', kind]]
  const toNode = (row: Parameters<typeof thingOfRow>[0]) => node(thingOfRow(row) as unknown as Thing<K>)
  if (tenant === undefined) {
    const begins = name === undefined ? undefined : startsWith(reader.dialect, 'provisioned.name', name)
    const rest = [present, begins, is('provisioned.status', status)]
    const list = { table: 'provisioned', keyset: keyset(kind, ['tenant', 'name', 'id']), within, rest, page } as const
    return indexedPage(reader, list, toNode)
  }
  within.push(['provisioned.tenant', fitted(provisionedTable, tenant)])
  if (status !== undefined) within.push(['provisioned.status', status])
  const own = ownUser === undefined ? undefined : is('provisioned.name', nameOf(ownUser))
  const order = { ...keyset(kind, ['name', 'id']), prefix: name }
  return indexedPage(reader, { table: 'provisioned', keyset: order, within, rest: [present, own], page }, toNode)
}

/** The thing, also a removed one; undefined when there is none, or when it is not the viewer's to see. */
export async function findThing<K extends ThingKind>(
  { reader, viewer }: ApiContext,
  kind: K,
  id: string,
): Promise<Thing<K> | undefined> {
  const query = builderFor(reader).selectFrom('provisioned').selectAll().where('kind', '=', kind)
  const [row] = await run(reader, query.where('id', '=', fitted(provisionedTable, id)))
  const thing = row === undefined ? undefined : (thingOfRow(row) as unknown as Thing<K>)
  return thing !== undefined && sees(viewer, thing) ? thing : undefined
}

/** The thing of this kind that a name of a tenant, or a telephone number, leads to now. */
export async function findThingByName<K extends ThingKind>(
  context: ApiContext,
  kind: K,
  { tenant, name }: { readonly tenant: string; readonly name: string },
): Promise<Thing<K> | undefined> {
  const { reader } = context
  const [found] = await run(
    reader,
    builderFor(reader)
      .selectFrom('provisioned_names')
      .selectAll()
      .where('tenant', '=', fitted(provisionedNamesTable, tenant))
      .where('name', '=', fitted(provisionedNamesTable, name.toLowerCase())),
  )
  return found?.kind === kind ? findThing(context, kind, found.id) : undefined
}

export interface OneThing {
  readonly id?: string | null
  /** User name or alias with or without `@domain`, what is dialled, or a telephone number. */
  readonly name?: string | null
  readonly atLeastRevision?: number | null
}

/** One thing by its id or by what it is called. Throws BAD_USER_INPUT for neither and for both. */
export async function findOne<K extends ThingKind, N>(
  context: ApiContext,
  { kind, node, ...asked }: OneThing & { readonly kind: K; readonly node: (thing: Thing<K>) => N },
): Promise<N | null> {
  const { id, name, atLeastRevision } = asked
  if ((id == null) === (name == null)) throw new ApiError('BAD_USER_INPUT', 'give either an id or a name')
  const read = () =>
    id != null ? findThing(context, kind, id) : findThingByName(context, kind, placeOf(context.viewer, kind, name!))
  const thing = await atRevision(read, atLeastRevision)
  return thing === undefined ? null : node(thing)
}

function placeOf(viewer: Viewer, kind: ThingKind, text: string): { tenant: string; name: string } {
  if (kind === 'number') return { tenant: NUMBERS, name: text }
  const at = text.lastIndexOf('@')
  const { tenant } = scopeOf(viewer)
  if (at >= 0) return { tenant: text.slice(at + 1).toLowerCase(), name: text.slice(0, at) }
  if (tenant === undefined) throw new ApiError('BAD_USER_INPUT', 'for all tenants, names are written as name@domain')
  return { tenant: tenant.toLowerCase(), name: text }
}

/** The tenant that a list is of; undefined for all. Throws FORBIDDEN when it is another's. */
export function tenantOf(viewer: Viewer, asked: string | null | undefined): string | undefined {
  const { tenant } = scopeOf(viewer)
  const wanted = asked?.toLowerCase()
  if (tenant === undefined) return wanted
  if (wanted !== undefined && wanted !== tenant.toLowerCase()) throw new ApiError('FORBIDDEN')
  return tenant.toLowerCase()
}

/** What others have is as if it were not there. For the role `user` there is only the own SIP user. */
function sees(viewer: Viewer, { kind, tenant, name }: Thing): boolean {
  const scope = scopeOf(viewer)
  if (scope.tenant !== undefined && scope.tenant.toLowerCase() !== tenant) return false
  return scope.ownUser === undefined || (kind === 'sip_user' && `${name}@${tenant}` === scope.ownUser.toLowerCase())
}

function nameOf(user: string): string {
  const at = user.lastIndexOf('@')
  return (at < 0 ? user : user.slice(0, at)).toLowerCase()
}

function prefixOf(name: string | null | undefined): string | undefined {
  if (name == null || name === '') return undefined
  if (name.length > LONGEST || name.includes('\0')) throw new ApiError('BAD_USER_INPUT', 'no name begins so')
  return name.toLowerCase()
}
