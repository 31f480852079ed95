/** Kamailio's tables as the provisioner writes them. Widths are those of Kamailio's own scripts and provisioning-tables.sql. */

export type Cell = string | number
export type Cells = Readonly<Record<string, Cell>>

export interface KamailioTable {
  /** Column → longest text; undefined for a number. */
  readonly columns: Readonly<Record<string, number | undefined>>
  /** Columns that tell rows apart. */
  readonly key: readonly string[]
}

const number = undefined
const htable = {
  columns: { key_name: 190, key_type: number, value_type: number, key_value: 255, expires: number },
  key: ['key_name'],
} as const satisfies KamailioTable

export const KAMAILIO_TABLES = {
  subscriber: {
    columns: { username: 64, domain: 64, password: 64, ha1: 128, ha1b: 128 },
    key: ['username', 'domain'],
  },
  tk_names: htable,
  tk_blocked: htable,
  tk_dids: htable,
  tk_trunks: htable,
  tk_tenants: htable,
  dispatcher: {
    columns: { setid: number, destination: 192, flags: number, priority: number, attrs: 128, description: 64 },
    key: ['setid', 'destination'],
  },
  uacreg: {
    columns: {
      l_uuid: 64,
      l_username: 64,
      l_domain: 64,
      r_username: 64,
      r_domain: 64,
      realm: 64,
      auth_username: 64,
      auth_password: 64,
      auth_ha1: 128,
      auth_proxy: 255,
      expires: number,
      flags: number,
      reg_delay: number,
      contact_addr: 255,
      socket: 128,
    },
    key: ['l_uuid'],
  },
  address: {
    columns: { grp: number, ip_addr: 50, mask: number, port: number, tag: 64 },
    key: ['grp', 'ip_addr', 'mask', 'port', 'tag'],
  },
  dialplan: {
    columns: {
      dpid: number,
      pr: number,
      match_op: number,
      match_exp: 255,
      match_len: number,
      subst_exp: 64,
      repl_exp: 256,
      attrs: 128,
    },
    key: ['dpid', 'pr'],
  },
  mtree: { columns: { tname: 64, tprefix: 32, tvalue: 4000 }, key: ['tprefix'] },
} as const satisfies Readonly<Record<string, KamailioTable>>

export type TableName = keyof typeof KAMAILIO_TABLES
export const TABLE_NAMES = Object.keys(KAMAILIO_TABLES) as TableName[]

/** Tables that Kamailio keeps in memory as a hash table: table → name there. */
export const HTABLES = {
  tk_names: 'names',
  tk_blocked: 'blocked',
  tk_dids: 'dids',
  tk_trunks: 'trunks',
  tk_tenants: 'tenants',
} as const satisfies Partial<Record<TableName, string>>
export type HtableTable = keyof typeof HTABLES

export interface KamailioRow {
  readonly table: TableName
  readonly cells: Cells
}

/** Names a row of a table. Names of users are compared without regard to case, as the columns are. */
export function keyOf({ table, cells }: KamailioRow): string {
  const values = KAMAILIO_TABLES[table].key.map((column) => String(cells[column]))
  return (table === 'subscriber' ? values.map((value) => value.toLowerCase()) : values).join(' ')
}

/** First set id of a trunk: smaller ones are the operator's, 1 is FreeSWITCH. */
export const FIRST_TRUNK_SET = 1000
export const FREESWITCH_SET = 1
/** Group of `address` in which the addresses of trunks are. */
export const TRUNK_GROUP = 2
/** Flag of a destination that is asked by OPTIONS whether it lives. */
export const PROBED = 8
