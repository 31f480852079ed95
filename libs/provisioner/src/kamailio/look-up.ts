import type { Target } from '@trunkline/domain'
import type { AnyThing, ThingKind, Things } from '@trunkline/provisioning-views'
import type { Vault } from '@trunkline/vault'
import { UnfitError } from '../unfit-error.js'
import type { Numbers } from '../reactor/numbers.js'
import type { KamailioDatabase } from './database.js'
import type { Known } from './known.js'
import { secretOf, targetsOf, trunksOf } from './rows-of-thing.js'

export interface LookUpParts {
  readonly things: Things
  readonly vault: Pick<Vault, 'secrets'>
  readonly numbers: Numbers
  readonly database: Pick<KamailioDatabase, 'all'>
  readonly now: () => number
}

const KIND_OF = { user: 'sip_user', queue: 'call_queue', room: 'conference_room', menu: 'ivr_menu' } as const

/** All that the rows of these things need, asked for in few questions. Gives numbers to those that have none. */
export async function lookUp(things: readonly AnyThing[], parts: LookUpParts): Promise<Known> {
  const { numbers, now } = parts
  const tenants = things.filter(({ kind }) => kind === 'route_set').map(({ tenant }) => tenant)
  const [tenantNumbers, trunkNumbers, secrets, names] = await Promise.all([
    tenantNumbersOf(tenants, parts),
    numbers.obtain('trunk', things.flatMap(trunksOf)),
    secretsOf(things, parts),
    namesOf(things, parts),
  ])
  return {
    now: now(),
    tenantNumber: (tenant) => given(tenantNumbers.get(tenant), tenant),
    trunkNumber: (trunkId) => given(trunkNumbers.get(trunkId), trunkId),
    secret: (id) => secrets.get(id),
    nameOf: (tenant, target) =>
      target.kind === 'dial' ? target.name : names.get(`${tenant} ${target.kind} ${target.id}`),
  }
}

/** Ids of dialplans below are looked at: a tenant must not get one that the operator uses already. */
const OPERATORS_FROM = 90_000

async function tenantNumbersOf(tenants: readonly string[], { numbers, database }: LookUpParts) {
  const known = await numbers.find('tenant', tenants)
  if (tenants.every((tenant) => known.has(tenant))) return known
  const sql = 'SELECT MAX(dpid) AS top FROM dialplan WHERE dpid < ?'
  const [row] = await database.all<{ top: number | null }>(sql, [OPERATORS_FROM])
  return numbers.obtain('tenant', tenants, Number(row?.top ?? 0) + 1)
}

function given(number: number | undefined, name: string): number {
  if (number === undefined) throw new UnfitError(`${name} has no number`)
  return number
}

async function secretsOf(things: readonly AnyThing[], { vault }: LookUpParts): Promise<ReadonlyMap<string, string>> {
  const wanted = things.flatMap((thing) => secretOf(thing) ?? [])
  const parts = await Promise.all(
    (['sip_user', 'trunk'] as const).map((purpose) => {
      const ids = wanted.filter((one) => one.purpose === purpose).map(({ id }) => id)
      return ids.length === 0 ? new Map<string, string>() : vault.secrets(purpose, ids)
    }),
  )
  return new Map(parts.flatMap((part) => [...part]))
}

async function namesOf(things: readonly AnyThing[], parts: LookUpParts): Promise<ReadonlyMap<string, string>> {
  const wanted = things.flatMap(targetsOf)
  const names = new Map<string, string>()
  for (const kind of Object.keys(KIND_OF) as (keyof typeof KIND_OF)[]) {
    const ids = wanted.flatMap((target) => (isOf(target, kind) ? [target.id] : []))
    if (ids.length === 0) continue
    const found = (await parts.things.getMany(KIND_OF[kind] as ThingKind, [...new Set(ids)])) as AnyThing[]
    for (const thing of found) {
      if (thing.status !== 'removed') names.set(`${thing.tenant} ${kind} ${thing.id}`, nameToDial(thing))
    }
  }
  return names
}

function isOf<K extends keyof typeof KIND_OF>(target: Target, kind: K): target is Extract<Target, { id: string }> {
  return target.kind === kind
}

function nameToDial(thing: AnyThing): string {
  return thing.kind === 'sip_user' ? thing.document.username : thing.name
}
