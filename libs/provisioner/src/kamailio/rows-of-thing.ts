import type { Target } from '@trunkline/domain'
import type { AnyThing, Thing } from '@trunkline/provisioning-views'
import type { Known } from './known.js'
import { entry } from './row-rules.js'
import { rowsOfRoutes } from './rows-of-routes.js'
import { rowsOfTrunk } from './rows-of-trunk.js'
import { rowsOfExtension, rowsOfUser } from './rows-of-user.js'
import type { KamailioRow } from './tables.js'

/** All rows that are to be there for a thing, and none for a removed one. Throws `UnfitError`. */
export function rowsOfThing(thing: AnyThing, known: Known): KamailioRow[] {
  switch (thing.kind) {
    case 'sip_user':
      return rowsOfUser(thing, known)
    case 'trunk':
      return rowsOfTrunk(thing, known)
    case 'number':
      return rowsOfNumber(thing, known)
    case 'route_set':
      return rowsOfRoutes(thing.tenant, thing.document.rules, known)
    case 'blocked_caller':
      return rowsOfBlocked(thing, known)
    case 'conference_room':
    case 'call_queue':
    case 'ivr_menu':
      return rowsOfExtension(thing)
  }
}

function rowsOfNumber({ tenant, document, status }: Thing<'number'>, known: Known): KamailioRow[] {
  const { number, target } = document
  const name = status === 'removed' || target === null ? undefined : known.nameOf(tenant, target)
  return name === undefined ? [] : [entry('tk_dids', { key: number, value: `d=${tenant};n=${name}` })]
}

function rowsOfBlocked({ tenant, document, status }: Thing<'blocked_caller'>, { now }: Known): KamailioRow[] {
  const { match, value, expiresAt } = document
  const expires = expiresAt === null ? 0 : Math.ceil(expiresAt / 1_000_000)
  if (status === 'removed' || (expires > 0 && expires * 1000 <= now)) return []
  const key = `${tenant}/${match === 'exact' ? 'e' : 'p'}/${value.toLowerCase()}`
  return [entry('tk_blocked', { key, value: 1, expires })]
}

/** Secrets that the rows of a thing hold. */
export function secretOf(thing: AnyThing): { readonly purpose: 'sip_user' | 'trunk'; readonly id: string } | undefined {
  if (thing.status === 'removed') return undefined
  if (thing.kind === 'sip_user' && thing.document.credential !== null) {
    return { purpose: 'sip_user', id: thing.document.credential.secretId }
  }
  if (thing.kind === 'trunk' && thing.document.auth !== null) {
    return { purpose: 'trunk', id: thing.document.auth.credential.secretId }
  }
  return undefined
}

/** Trunks whose numbers the rows of a thing hold. */
export function trunksOf(thing: AnyThing): string[] {
  if (thing.kind === 'trunk') return [thing.id]
  if (thing.kind !== 'route_set') return []
  return thing.document.rules.flatMap((rule) =>
    rule.kind === 'external' ? rule.trunks.map(({ trunkId }) => trunkId) : [],
  )
}

/** Targets that the rows of a thing name. */
export function targetsOf(thing: AnyThing): Target[] {
  if (thing.status === 'removed') return []
  if (thing.kind === 'number') return thing.document.target === null ? [] : [thing.document.target]
  if (thing.kind !== 'route_set') return []
  return thing.document.rules.flatMap((rule) =>
    rule.kind === 'alias' && rule.target.kind !== 'freeswitch' ? [rule.target] : [],
  )
}
