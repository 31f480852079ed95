import type { Thing } from '@trunkline/provisioning-views'
import { digestsFromText } from '@trunkline/vault'
import { UnfitError } from '../unfit-error.js'
import type { Known } from './known.js'
import { entry, row } from './row-rules.js'
import type { KamailioRow } from './tables.js'

/** A credential for REGISTER and INVITE, and each name of the user with what it may do. */
export function rowsOfUser({ tenant, document, status }: Thing<'sip_user'>, known: Known): KamailioRow[] {
  if (status === 'removed') return []
  const { username, aliases, limits, credential, suspended } = document
  const state = suspended === null ? 'a' : 'x'
  const value = `u=${username};s=${state};c=${limits.concurrentCalls ?? 0};r=${limits.callsPerMinute ?? 0}`
  const names = [...new Set([username, ...aliases].map((name) => nameKey(name, tenant)))]
  const rows = names.map((key) => entry('tk_names', { key, value }))
  if (credential === null) return rows
  const text = known.secret(credential.secretId)
  if (text === undefined) throw new UnfitError('the credential is not in the vault any more')
  const { ha1, ha1b } = digestsFromText(text)
  return [row('subscriber', { username, domain: tenant, password: '', ha1, ha1b }), ...rows]
}

/** Rooms, queues and menus are FreeSWITCH's: their number goes there as it was dialled. */
export function rowsOfExtension({
  tenant,
  document,
  status,
}: Thing<'conference_room'> | Thing<'call_queue'> | Thing<'ivr_menu'>): KamailioRow[] {
  if (status === 'removed') return []
  return [entry('tk_names', { key: nameKey(document.number, tenant), value: `f=${document.number}` })]
}

export function nameKey(name: string, tenant: string): string {
  return `${name.toLowerCase()}@${tenant}`
}
