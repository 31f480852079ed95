/** What a node loads as a whole: where it differs from its table, all of it is loaded anew. */
import { networkKey, parseNetwork } from '@trunkline/domain'
import { KamailioRpcError } from '@trunkline/kamailio'
import { goOn } from './compare-parts.js'
import { asList, type ComparingNode } from './compare-node.js'
import type { ReloadMethod } from './reload-window.js'
import { ROUTE_TREE } from './rows-of-routes.js'
import { readPage, type Condition, type FoundRow } from './table-rows.js'
import { FIRST_TRUNK_SET, TRUNK_GROUP, type TableName } from './tables.js'

const PAGE = 500

async function* rowsOf(table: TableName, { parts }: ComparingNode, condition: Condition): AsyncGenerator<FoundRow> {
  for (let after = 0; ;) {
    goOn(parts)
    const page = await readPage(parts.database, table, { ...condition, after, limit: PAGE })
    if (page.length === 0) return
    after = page.at(-1)!.id
    yield* page
  }
}

interface Lists {
  readonly wanted: ReadonlySet<string>
  readonly there: ReadonlySet<string>
}

/** Loads anew when the lists differ; a second look tells whether something was only under way. */
async function settle(
  name: string,
  { node, count, method, look }: ComparingNode & { readonly method: ReloadMethod; look(): Promise<Lists> },
): Promise<void> {
  count.see(name)
  if (isSame(await look())) return
  await new Promise((resolve) => setTimeout(resolve, 250))
  if (node.isReloading(method)) return
  const { wanted, there } = await look()
  const missing = [...wanted].filter((one) => !there.has(one)).length
  const surplus = [...there].filter((one) => !wanted.has(one)).length
  if (missing + surplus === 0) return
  count.add(name, 'missing', missing)
  count.add(name, 'surplus', surplus)
  await node.reload(method)
}

const isSame = ({ wanted, there }: Lists) => wanted.size === there.size && [...wanted].every((one) => there.has(one))

interface DispatcherList {
  readonly RECORDS?: readonly {
    readonly SET?: {
      readonly ID?: unknown
      readonly TARGETS?: readonly { readonly DEST?: { readonly URI?: unknown } }[]
    }
  }[]
}

export async function compareDispatcher(comparing: ComparingNode): Promise<void> {
  const look = async () => {
    const wanted = new Set<string>()
    const ours = { where: 'setid >= ?', parameters: [FIRST_TRUNK_SET] }
    for await (const { cells } of rowsOf('dispatcher', comparing, ours)) {
      wanted.add(`${cells['setid']} ${cells['destination']}`)
    }
    const list = await comparing.node.call('dispatcher.list').catch((error: unknown) => {
      // so it says when there is no set at all
      if (error instanceof KamailioRpcError && /no.*destination/i.test(error.message)) return {}
      throw error
    })
    const there = ((list ?? {}) as DispatcherList).RECORDS?.flatMap(({ SET }) =>
      (SET?.TARGETS ?? []).map(({ DEST }) => `${String(SET?.ID)} ${String(DEST?.URI)}`),
    )
    return { wanted, there: new Set(there?.filter((one) => Number(one.split(' ')[0]) >= FIRST_TRUNK_SET)) }
  }
  await settle('dispatcher', { ...comparing, method: 'dispatcher.reload', look })
}

interface Listed {
  readonly group?: unknown
  readonly item?: { readonly ip?: unknown; readonly mask?: unknown; readonly tag?: unknown }
}

export async function compareAddresses(comparing: ComparingNode): Promise<void> {
  const { node } = comparing
  const look = async () => {
    const wanted = new Set<string>()
    for await (const { cells } of rowsOf('address', comparing, { where: 'grp = ?', parameters: [TRUNK_GROUP] })) {
      wanted.add(`${network(`${cells['ip_addr']}/${cells['mask']}`)} ${cells['tag']}`)
    }
    const listed = [
      ...asList(await node.call('permissions.addressDump')),
      ...asList(await node.call('permissions.subnetDump')),
    ] as Listed[]
    const ours = listed.filter(({ group }) => Number(group) === TRUNK_GROUP)
    const there = ours.map(({ item }) => {
      const mask = item?.mask === undefined ? '' : `/${String(item.mask)}`
      return `${network(String(item?.ip) + mask)} ${String(item?.tag)}`
    })
    return { wanted, there: new Set(there) }
  }
  await settle('address', { ...comparing, method: 'permissions.addressReload', look })
}

function network(text: string): string {
  const parsed = parseNetwork(text)
  return parsed === null ? text : networkKey(parsed)
}

interface Dialplan {
  readonly ENTRIES?: readonly {
    readonly ENTRY?: { readonly PRIO?: unknown; readonly MATCHEXP?: unknown; readonly ATTRS?: unknown }
  }[]
}

export async function compareDialplans(comparing: ComparingNode): Promise<void> {
  const { node, parts } = comparing
  const look = async () => {
    const wanted = new Set<string>()
    const plans = new Set<number>()
    for await (const { cells } of rowsOf('dialplan', comparing, { where: '1 = 1', parameters: [] })) {
      const dpid = Number(cells['dpid'])
      // those of the operator are loaded with ours, and not our business
      if (!plans.has(dpid) && (await parts.numbers.nameOf('tenant', dpid)) === undefined) continue
      plans.add(dpid)
      wanted.add(`${cells['dpid']} ${cells['pr']} ${cells['match_exp']} ${cells['attrs']}`)
    }
    const there = new Set<string>()
    for (const dpid of plans) {
      for (const { ENTRY } of await entriesOf(dpid)) {
        there.add(`${dpid} ${String(ENTRY?.PRIO)} ${String(ENTRY?.MATCHEXP)} ${String(ENTRY?.ATTRS)}`)
      }
    }
    return { wanted, there }
  }
  const entriesOf = async (dpid: number) => {
    try {
      return ((await node.call('dialplan.dump', [dpid])) as Dialplan | null)?.ENTRIES ?? []
    } catch (error) {
      // there is no such plan
      if (error instanceof KamailioRpcError && error.code === 'KAMAILIO_RPC_FAILED') return []
      throw error
    }
  }
  await settle('dialplan', { ...comparing, method: 'dialplan.reload', look })
}

export async function compareTree(comparing: ComparingNode): Promise<void> {
  const { node } = comparing
  const look = async () => {
    const wanted = new Set<string>()
    const there = new Set<string>()
    for await (const { cells } of rowsOf('mtree', comparing, { where: 'tname = ?', parameters: [ROUTE_TREE] })) {
      const prefix = String(cells['tprefix'])
      wanted.add(`${prefix} ${cells['tvalue']}`)
      there.add(`${prefix} ${await treeValue(prefix)}`)
    }
    const size = await treeSize()
    // which ones are too many cannot be seen
    for (let i = wanted.size; i < size; i++) there.add(`unknown ${i}`)
    return { wanted, there }
  }
  const treeValue = async (prefix: string) => {
    try {
      return valueIn(await node.call('mtree.match', [ROUTE_TREE, prefix, 0]))
    } catch (error) {
      if (error instanceof KamailioRpcError && error.code === 'KAMAILIO_RPC_FAILED') return ''
      throw error
    }
  }
  const treeSize = async () => {
    const trees = asList(await node.call('mtree.summary')) as { table?: unknown; items?: unknown }[]
    return Number(trees.find((one) => one.table === ROUTE_TREE)?.items ?? 0)
  }
  await settle('mtree', { ...comparing, method: 'mtree.reload', look })
}

function valueIn(found: unknown): string {
  const { TVALUE } = (found ?? {}) as { TVALUE?: unknown }
  return String(TVALUE ?? '')
}
