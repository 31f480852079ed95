import type { Target } from '@trunkline/domain'
import type { Thing, Things } from '@trunkline/provisioning-views'
import { appData, type AppData } from '../xml/app-data.js'

/** What is dialled to get to a target; undefined when it is gone or of another tenant. */
export async function nameToDial(things: Things, tenant: string, target: Target): Promise<string | undefined> {
  switch (target.kind) {
    case 'dial':
      return target.name
    case 'user':
      return living(await things.get('sip_user', target.id), tenant)?.document.username
    case 'room':
      return living(await things.get('conference_room', target.id), tenant)?.document.number
    case 'queue':
      return living(await things.get('call_queue', target.id), tenant)?.document.number
    case 'menu':
      return living(await things.get('ivr_menu', target.id), tenant)?.document.number
  }
}

/** Data of `transfer`: the call comes back to the dialplan as if the name had been dialled. */
export function transferTo(name: string | AppData, context: string): AppData {
  return appData`${name} XML ${context}`
}

function living<T extends Thing>(thing: T | undefined, tenant: string): T | undefined {
  return thing !== undefined && thing.status === 'active' && thing.tenant === tenant ? thing : undefined
}
