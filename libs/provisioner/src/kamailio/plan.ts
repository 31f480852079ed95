/** What is to be done for one thing: rows to write, rows to take away, commands for the nodes. */
import type { AnyThing } from '@trunkline/provisioning-views'
import type { Item, Memory } from '../reactor/item.js'
import type { NodeCommand } from './kamailio-node.js'
import type { Known } from './known.js'
import type { ReloadMethod } from './reload-window.js'
import { treePrefix } from './rows-of-routes.js'
import { rowsOfThing, secretOf } from './rows-of-thing.js'
import { nameKey } from './rows-of-user.js'
import type { Scope } from './table-rows.js'
import { HTABLES, keyOf, type HtableTable, type KamailioRow, type TableName } from './tables.js'

/** A row by its table and key. */
export interface RowKey {
  readonly table: TableName
  readonly key: string
}

export interface Plan {
  readonly item: Item
  readonly thing: AnyThing
  readonly rows: readonly KamailioRow[]
  /** Rows with keys that the thing had, has, or would have if it were there. */
  readonly keys: readonly RowKey[]
  readonly scopes: readonly Scope[]
  readonly reloads: readonly ReloadMethod[]
  /** Registrations end: whoever they are of may not be reached any more, or has to prove itself anew. */
  readonly cuts: boolean
  /** To be kept before anything is written: after a kill it is known what may stand. */
  readonly noted: Memory
}

/** Tables whose rows are found by their key alone; in others all rows of a thing have a column in common. */
const KEYED: ReadonlySet<TableName> = new Set(['subscriber', 'uacreg', ...(Object.keys(HTABLES) as TableName[])])

export const isKeyed = (table: TableName) => KEYED.has(table)
export const textOf = ({ table, key }: RowKey) => `${table} ${key}`
export const keyOfRow = (row: KamailioRow): RowKey => ({ table: row.table, key: keyOf(row) })

/** Throws `UnfitError`. */
export function planOf(item: Item, thing: AnyThing, known: Known): Plan {
  const rows = rowsOfThing(thing, known)
  const remembered = rememberedKeys(item)
  const keys = [...remembered, ...ownKeys(thing, known), ...rows.filter((row) => isKeyed(row.table)).map(keyOfRow)]
  const unique = [...new Map(keys.map((key) => [textOf(key), key])).values()]
  return {
    item,
    thing,
    rows,
    keys: unique,
    scopes: scopesOf(thing, known),
    reloads: reloadsOf(thing),
    cuts: cuts(item, thing),
    noted: unique.length === remembered.length ? item.memory : { ...item.memory, keys: unique.map(textOf) },
  }
}

function rememberedKeys({ memory }: Item): RowKey[] {
  const { keys } = memory
  if (!Array.isArray(keys)) return []
  return (keys as readonly string[]).map((text) => {
    const at = text.indexOf(' ')
    return { table: text.slice(0, at) as TableName, key: text.slice(at + 1) }
  })
}

/** Also of a removed thing. */
function ownKeys(thing: AnyThing, known: Known): RowKey[] {
  const { tenant } = thing
  switch (thing.kind) {
    case 'sip_user': {
      const { username, aliases } = thing.document
      const names = [username, ...aliases].map((name) => ({ table: 'tk_names', key: nameKey(name, tenant) }) as const)
      return [{ table: 'subscriber', key: `${username.toLowerCase()} ${tenant}` }, ...names]
    }
    case 'number':
      return [{ table: 'tk_dids', key: thing.document.number }]
    case 'conference_room':
    case 'call_queue':
    case 'ivr_menu':
      return [{ table: 'tk_names', key: nameKey(thing.document.number, tenant) }]
    case 'trunk':
      return [
        { table: 'tk_trunks', key: String(known.trunkNumber(thing.id)) },
        { table: 'uacreg', key: thing.id },
      ]
    case 'blocked_caller': {
      const { match, value } = thing.document
      return [{ table: 'tk_blocked', key: `${tenant}/${match === 'exact' ? 'e' : 'p'}/${value.toLowerCase()}` }]
    }
    case 'route_set':
      return []
  }
}

function scopesOf(thing: AnyThing, known: Known): Scope[] {
  if (thing.kind === 'trunk') {
    const set = known.trunkNumber(thing.id)
    return [
      { table: 'dispatcher', column: 'setid', value: set },
      { table: 'address', column: 'tag', value: String(set) },
    ]
  }
  if (thing.kind !== 'route_set') return []
  const number = known.tenantNumber(thing.tenant)
  return [
    { table: 'dialplan', column: 'dpid', value: number },
    { table: 'mtree', column: 'tprefix', value: treePrefix(number), isBeginning: true },
  ]
}

function reloadsOf({ kind }: AnyThing): ReloadMethod[] {
  if (kind === 'trunk') return ['dispatcher.reload', 'permissions.addressReload']
  return kind === 'route_set' ? ['dialplan.reload', 'mtree.reload'] : []
}

function cuts({ memory }: Item, thing: AnyThing): boolean {
  if (thing.kind !== 'sip_user') return false
  const former = memory['secretId']
  return thing.status !== 'active' || (typeof former === 'string' && former !== secretOf(thing)?.id)
}

const GONE = /doesn't exist|not found/i

/** What makes the rows effective on a node, in order. `keep`: keys that belong to another thing by now. */
export function commandsOf(
  { thing, rows, keys, cuts: isCut }: Plan,
  keep: ReadonlySet<string>,
  now: number,
): NodeCommand[] {
  const wanted = new Set(rows.map((row) => textOf(keyOfRow(row))))
  const gone = keys.filter((key) => !wanted.has(textOf(key)) && !keep.has(textOf(key)))
  const commands = rows.flatMap((row) => settingOf(row, now))
  for (const { table, key } of gone) {
    if (isHtable(table)) commands.push(deletionOf(table, key))
    if (table === 'uacreg') commands.push({ method: 'uac.reg_remove', parameters: [key], unless: GONE })
  }
  if (isCut) commands.push({ method: 'ul.rm', parameters: ['location', nameKey(thing.name, thing.tenant)] })
  return commands
}

export function settingOf({ table, cells }: KamailioRow, now: number): NodeCommand[] {
  if (table === 'uacreg') return [{ method: 'uac.reg_refresh', parameters: [cells['l_uuid']!] }]
  if (!isHtable(table)) return []
  const [name, key, value] = [HTABLES[table], String(cells['key_name']), String(cells['key_value'])]
  if (cells['value_type'] === 0) return [{ method: 'htable.sets', parameters: [name, key, value] }]
  const commands: NodeCommand[] = [{ method: 'htable.seti', parameters: [name, key, Number(value)] }]
  const left = Number(cells['expires']) - Math.floor(now / 1000)
  if (Number(cells['expires']) > 0) {
    commands.push({ method: 'htable.setex', parameters: [name, key, Math.max(1, left)] })
  }
  return commands
}

export function deletionOf(table: HtableTable, key: string): NodeCommand {
  return { method: 'htable.delete', parameters: [HTABLES[table], key], unless: GONE }
}

export function isHtable(table: TableName): table is HtableTable {
  return Object.hasOwn(HTABLES, table)
}
