import type { AnyThing, ThingKind } from '@trunkline/provisioning-views'
import type { CompareParts } from './compare-parts.js'
import { currentOwner } from './owners.js'
import { keyOf, type KamailioRow } from './tables.js'

/** Whether some thing is to have a row of this key; what stands in the row is compared elsewhere. */
export async function isWanted(row: KamailioRow, parts: CompareParts): Promise<boolean> {
  const { table, cells } = row
  const key = keyOf(row)
  switch (table) {
    case 'subscriber': {
      const user = await currentOwner({ table, key }, parts.things)
      return user?.kind === 'sip_user' && user.document.credential !== null
    }
    case 'tk_names':
      return (await currentOwner({ table, key }, parts.things)) !== undefined
    case 'tk_dids': {
      const number = await currentOwner({ table, key }, parts.things)
      return number?.kind === 'number' && number.document.target !== null
    }
    case 'tk_blocked':
      return isBlockWanted(key, parts)
    case 'tk_trunks':
      return isTrunkWanted(Number(key), parts)
    case 'dispatcher':
      return isTrunkWanted(Number(cells['setid']), parts)
    case 'address':
      return isTrunkWanted(Number(cells['tag']), parts)
    case 'uacreg': {
      const trunk = await live('trunk', key, parts)
      return trunk?.kind === 'trunk' && trunk.document.auth !== null
    }
    case 'tk_tenants':
      return (await parts.numbers.find('domain', [key])).has(key) || (await live('route_set', key, parts)) !== undefined
    case 'dialplan':
      return isTenantWanted(Number(cells['dpid']), parts)
    case 'mtree':
      return isTenantWanted(Number(String(cells['tprefix']).slice(0, 5)), parts)
  }
}

async function live(kind: ThingKind, id: string, { things }: CompareParts): Promise<AnyThing | undefined> {
  const thing = (await things.get(kind, id)) as AnyThing | undefined
  return thing?.status === 'removed' ? undefined : thing
}

async function isTrunkWanted(number: number, parts: CompareParts): Promise<boolean> {
  const id = Number.isInteger(number) ? await parts.numbers.nameOf('trunk', number) : undefined
  return id !== undefined && (await live('trunk', id, parts)) !== undefined
}

async function isTenantWanted(number: number, parts: CompareParts): Promise<boolean> {
  const tenant = Number.isInteger(number) ? await parts.numbers.nameOf('tenant', number) : undefined
  return tenant !== undefined && (await live('route_set', tenant, parts)) !== undefined
}

/** The id of a blocked caller is what its stream is named by. */
async function isBlockWanted(key: string, parts: CompareParts): Promise<boolean> {
  const [, tenant, match, value] = /^([^/]+)\/([ep])\/(.+)$/.exec(key) ?? []
  if (tenant === undefined) return false
  const block = await live('blocked_caller', `${tenant}/${match === 'e' ? 'exact' : 'prefix'}/${value}`, parts)
  if (block?.kind !== 'blocked_caller') return false
  const { expiresAt } = block.document
  return expiresAt === null || expiresAt / 1000 > parts.now()
}
