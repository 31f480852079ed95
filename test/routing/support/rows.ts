/**
 * Rows of Kamailio's tables for a small world, by the contract that the provisioner writes by and routing.cfg reads by
 * (docs/routing.md). `effect` are the calls of JSON-RPC that put the same into the memory of a Kamailio that runs.
 */
import { createHash } from 'node:crypto'
import type { KamailioRpcMethod, KamailioRpcParameter } from '@trunkline/kamailio'

export interface Rows {
  readonly sql: readonly string[]
  readonly effect: readonly (readonly [KamailioRpcMethod, readonly KamailioRpcParameter[]])[]
}

const md5 = (text: string) => createHash('md5').update(text).digest('hex')
const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`

function entry(table: string, key: string, value: string): Rows {
  const row = `INSERT INTO tk_${table} (key_name, key_value) VALUES (${quoted(key)}, ${quoted(value)})
    ON DUPLICATE KEY UPDATE key_value = VALUES(key_value)`
  return { sql: [row], effect: [['htable.sets', [table, key, value]]] }
}

export interface UserRow {
  readonly name: string
  readonly domain?: string
  readonly password?: string
  readonly suspended?: boolean
  readonly calls?: number
  readonly perMinute?: number
  readonly aliases?: readonly string[]
}

export function userRows(user: UserRow): Rows {
  const { name, domain = 'kam.lab', password = 'secret', suspended = false, calls = 0, perMinute = 0 } = user
  const value = `u=${name};s=${suspended ? 'x' : 'a'};c=${calls};r=${perMinute}`
  const values = [
    name,
    domain,
    '',
    md5(`${name}:${domain}:${password}`),
    md5(`${name}@${domain}:${domain}:${password}`),
  ]
  const subscriber = `REPLACE INTO subscriber (username, domain, password, ha1, ha1b)
    VALUES (${values.map(quoted).join(', ')})`
  const names = [name, ...(user.aliases ?? [])].map((one) => entry('names', `${one.toLowerCase()}@${domain}`, value))
  return all({ sql: [subscriber], effect: [] }, ...names)
}

/** A room, queue or menu. */
export function serviceRows(number: string, domain = 'kam.lab'): Rows {
  return entry('names', `${number}@${domain}`, `f=${number}`)
}

export function tenantRows(domain: string, plan: number, local = true): Rows {
  return entry('tenants', domain, `p=${plan};l=${local ? 1 : 0}`)
}

export function globalRows({ calls = 0, perSecond = 0 }: { calls?: number; perSecond?: number }): Rows {
  return entry('tenants', '*', `c=${calls};r=${perSecond}`)
}

export interface TrunkRow {
  readonly set: number
  readonly id: string
  /** SIP URIs in the order in which they are tried. */
  readonly hosts: readonly string[]
  readonly domain?: string
  readonly active?: boolean
  readonly perSecond?: number
  readonly calls?: number
  readonly codecs?: readonly string[]
  /** Credentials; the trunk is not registered at. */
  readonly auth?: { readonly username: string; readonly password: string; readonly realm: string }
  /** Addresses that calls of it come from. */
  readonly sources?: readonly string[]
}

export function trunkRows(trunk: TrunkRow): Rows {
  const { set, id, hosts, domain = 'kam.lab', active = true, perSecond = 0, calls = 0, codecs = [], auth } = trunk
  const flags = `a=${active ? 1 : 0};p=${perSecond};c=${calls};o=${codecs.join(',')};u=${auth === undefined ? 0 : 1}`
  const parts = [entry('trunks', String(set), `i=${id};d=${domain};${flags}`)]
  if (active) {
    const rows = hosts.map((uri, at) => `(${set}, ${quoted(uri)}, 8, ${hosts.length - at}, ${quoted(`duid=${id}`)})`)
    const insert = `INSERT INTO dispatcher (setid, destination, flags, priority, attrs) VALUES ${rows.join(', ')}`
    parts.push({ sql: [`DELETE FROM dispatcher WHERE setid = ${set}`, insert], effect: [['dispatcher.reload', []]] })
  }
  for (const source of trunk.sources ?? []) {
    const insert = `INSERT INTO address (grp, ip_addr, mask, port, tag) VALUES (2, ${quoted(source)}, 32, 0, '${set}')`
    parts.push({ sql: [insert], effect: [['permissions.addressReload', []]] })
  }
  if (auth !== undefined) {
    const { username, password, realm } = auth
    const values = [id, username, domain, username, realm, realm, username, password, '', 'sip:127.0.0.1:9']
    const columns = `l_uuid, l_username, l_domain, r_username, r_domain, realm, auth_username, auth_password, auth_ha1,
      auth_proxy, expires, flags, reg_delay`
    // flag 1: known, but not registered at
    const insert = `REPLACE INTO uacreg (${columns}) VALUES (${values.map(quoted).join(', ')}, 0, 1, 0)`
    parts.push({ sql: [insert], effect: [['uac.reg_refresh', [id]]] })
  }
  return all(...parts)
}

export function didRows(did: string, name: string, domain = 'kam.lab'): Rows {
  return entry('dids', did, `d=${domain};n=${name}`)
}

export function patternRows(plan: number, order: number, pattern: string, leadsTo: string): Rows {
  const insert = `INSERT INTO dialplan (dpid, pr, match_op, match_exp, attrs)
    VALUES (${plan}, ${order}, 1, ${quoted(pattern)}, ${quoted(leadsTo)})`
  return { sql: [insert], effect: [['dialplan.reload', []]] }
}

/** `tries` as in `0,-,1000:90+1001:10/1002:100|1,00,1003:100`. */
export function routeRows(plan: number, prefix: string, tries: string): Rows {
  const key = `${String(plan).padStart(5, '0')}${prefix}`
  const insert = `REPLACE INTO mtree (tname, tprefix, tvalue) VALUES ('routes', ${quoted(key)}, ${quoted(tries)})`
  return { sql: [insert], effect: [['mtree.reload', []]] }
}

export function blockedRows(scope: string, match: 'e' | 'p', value: string): Rows {
  const key = `${scope}/${match}/${value}`
  const insert = `INSERT INTO tk_blocked (key_name, value_type, key_value) VALUES (${quoted(key)}, 1, '1')`
  return { sql: [insert], effect: [['htable.seti', ['blocked', key, 1]]] }
}

export function all(...rows: readonly Rows[]): Rows {
  return { sql: rows.flatMap(({ sql }) => sql), effect: rows.flatMap(({ effect }) => effect) }
}
