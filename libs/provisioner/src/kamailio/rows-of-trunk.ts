import { parseIp, parseNetwork } from '@trunkline/domain'
import type { Thing } from '@trunkline/provisioning-views'
import { UnfitError } from '../unfit-error.js'
import type { Known } from './known.js'
import { entry, row } from './row-rules.js'
import { PROBED, TRUNK_GROUP, type KamailioRow } from './tables.js'

/** Flag of a row of `uacreg` that is never registered. */
export const REGISTRATION_OFF = 1

/** The trunk itself, where its calls go to and may come from, and how we authenticate there. */
export function rowsOfTrunk(trunk: Thing<'trunk'>, known: Known): KamailioRow[] {
  if (trunk.status === 'removed') return []
  const { id, tenant, document } = trunk
  const { settings, auth, active } = document
  const { callsPerSecond, concurrentCalls } = settings.limits
  const set = known.trunkNumber(id)
  const limits = `p=${callsPerSecond ?? 0};c=${concurrentCalls ?? 0}`
  const value = `i=${id};d=${tenant};a=${active ? 1 : 0};${limits};o=${settings.codecs.join(',')};u=${auth === null ? 0 : 1}`
  const rows = [entry('tk_trunks', { key: String(set), value })]
  if (active) rows.push(...destinations(trunk, set), ...addresses(trunk, set))
  if (auth !== null) rows.push(registration(trunk, known))
  return rows
}

/** Hosts in their order: the first has the highest priority. */
function destinations({ id, document }: Thing<'trunk'>, setid: number): KamailioRow[] {
  const { hosts } = document.settings
  return hosts.map((host, i) =>
    row('dispatcher', {
      setid,
      destination: uriOf(host, document.settings.transport),
      flags: PROBED,
      priority: hosts.length - i,
      attrs: `duid=${id}`,
      description: document.name.slice(0, 64),
    }),
  )
}

/** Hosts that are names are known to Kamailio by the dispatcher, which looks them up. */
function addresses({ document }: Thing<'trunk'>, set: number): KamailioRow[] {
  const { hosts, allowList } = document.settings
  const own = hosts.map(({ host }) => host).filter((host) => parseIp(host) !== null)
  const unique = new Map([...own, ...allowList].map((text) => [addressOf(text).join('/'), addressOf(text)]))
  return [...unique.values()].map(([ip_addr, mask]) =>
    row('address', { grp: TRUNK_GROUP, ip_addr, mask, port: 0, tag: String(set) }),
  )
}

function addressOf(text: string): [string, number] {
  const network = parseNetwork(text)
  if (network === null) throw new UnfitError(`${text} is no address`)
  return [text.replace(/\/.*$/, '').toLowerCase(), network.mask]
}

/** The provider calls us by l_uuid. A trunk that does not register is there for the credentials alone. */
function registration({ id, tenant, document }: Thing<'trunk'>, known: Known): KamailioRow {
  const { settings, active } = document
  const { username, realm, credential } = document.auth!
  const auth_password = known.secret(credential.secretId)
  if (auth_password === undefined) throw new UnfitError('the credential is not in the vault any more')
  const [first] = settings.hosts
  const registers = settings.registration !== null && active
  return row('uacreg', {
    l_uuid: id,
    l_username: username,
    l_domain: tenant,
    r_username: username,
    r_domain: settings.registration?.domain ?? first!.host.slice(0, 64),
    realm: realm ?? '',
    auth_username: username,
    auth_password,
    auth_ha1: '',
    auth_proxy: uriOf(first!, settings.transport),
    expires: settings.registration?.expiresSeconds ?? 3600,
    flags: registers ? 0 : REGISTRATION_OFF,
    reg_delay: 0,
    contact_addr: '',
    socket: '',
  })
}

function uriOf({ host, port }: { readonly host: string; readonly port: number }, transport: string): string {
  return `sip:${host.includes(':') ? `[${host}]` : host}:${port};transport=${transport}`
}
