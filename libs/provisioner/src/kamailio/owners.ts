import type { AnyThing, Things } from '@trunkline/provisioning-views'
import type { RowKey } from './plan.js'

/** The thing that a row with this key is of now, where a key can pass from one thing to another; a removed one has none. */
export async function currentOwner({ table, key }: RowKey, things: Things): Promise<AnyThing | undefined> {
  const owner = await candidate({ table, key }, things)
  return owner?.status === 'removed' ? undefined : owner
}

async function candidate({ table, key }: RowKey, things: Things): Promise<AnyThing | undefined> {
  switch (table) {
    case 'tk_names': {
      const at = key.lastIndexOf('@')
      return things.byName(key.slice(at + 1), key.slice(0, at))
    }
    case 'subscriber': {
      const [name = '', tenant = ''] = key.split(' ')
      const owner = await things.byName(tenant, name)
      return owner?.kind === 'sip_user' && owner.name === name ? owner : undefined
    }
    case 'tk_dids':
      return things.byNumber(key)
    default:
      return undefined
  }
}
