import type { Thing } from '@trunkline/provisioning-views'
import { menusFrom } from '../configuration/ivr-conf.js'
import { NOT_FOUND } from '../document.js'
import { ofTenant, phonesHere, throughKamailio } from '../globals.js'
import type { Answering } from '../parts.js'
import type { XmlCurlFields } from '../request.js'
import { appData } from '../xml/app-data.js'
import type { Element } from '../xml/element.js'
import { readCall, type Call } from './call.js'
import { action, always, choose, dialplanDocument } from './extension.js'
import { resolveName, resolveTarget, type Destination } from './resolve.js'
import { throughGateways } from './to-external.js'
import { menuActions } from './to-menu.js'
import { queueActions } from './to-queue.js'
import { roomActions } from './to-room.js'

/** A dialplan for one call, or "not found": then the static dialplan of the same context has it. */
export async function answerDialplan(parts: Answering, fields: XmlCurlFields): Promise<string> {
  const call = readCall(fields, parts)
  if (call === undefined) return NOT_FOUND
  const found = call.inside ? await fromInside(parts, call) : await fromOutside(parts, call)
  if (found === undefined) return NOT_FOUND
  const done = await conditionFor(parts, { ...call, tenant: found.tenant }, found.destination)
  if (done === undefined) return NOT_FOUND
  const tenant = action('set', appData`trunkline_tenant=${found.tenant}`)
  return dialplanDocument(call.context, `trunkline ${found.destination.kind}`, [always([tenant]), done])
}

interface Found {
  readonly tenant: string
  readonly destination: Destination
}

async function fromInside({ things }: Answering, { tenant, dialled }: Call): Promise<Found | undefined> {
  const destination = tenant === undefined ? undefined : await resolveName(things, tenant, dialled)
  return tenant === undefined || destination === undefined ? undefined : { tenant, destination }
}

/** The caller's idea of a domain is worth nothing here: the number alone says whose it is. */
async function fromOutside({ things }: Answering, { dialled }: Call): Promise<Found | undefined> {
  const number = await things.byNumber(dialled.startsWith('+') ? dialled : `+${dialled}`)
  if (number === undefined || number.status === 'removed' || number.document.target === null) return undefined
  const { tenant } = number
  const destination = await resolveTarget(things, tenant, number.document.target)
  return destination === undefined ? undefined : { tenant, destination }
}

async function conditionFor(
  parts: Answering,
  call: Call & { readonly tenant: string },
  destination: Destination,
): Promise<Element | undefined> {
  if (destination.kind === 'user') return toUser(call.tenant, destination.user.document.username)
  const actions = await actionsFor(parts, call, destination)
  return actions === undefined ? undefined : always(actions)
}

/** A choice, not a second attempt: who is busy here is not to be called through Kamailio, nor recorded as two attempts. */
function toUser(tenant: string, username: string): Element {
  const here = phonesHere(tenant, username)
  return choose(
    // with variables before it, perhaps; whatever else it says is nobody
    { field: here, expression: 'sofia/' },
    bridge(appData`{presence_id=${username}@${tenant},${ofTenant(tenant)}}${here}`),
    bridge(throughKamailio(tenant, username)),
  )
}

async function actionsFor(
  parts: Answering,
  call: Call & { readonly tenant: string },
  destination: Exclude<Destination, { readonly kind: 'user' }>,
): Promise<Element[] | undefined> {
  // where names of the tenant are served
  const context = call.inside ? call.context : parts.insideContexts[0]
  switch (destination.kind) {
    case 'room':
      return roomActions(destination.room, await moderates(parts, call, destination.room))
    case 'queue':
      return await queueActions(parts.things, destination.queue, context)
    case 'menu':
      return menuActions(call.tenant, await menusFrom(parts, destination.menu), destination.menu)
    case 'external':
      return await toExternal(parts, call, destination)
  }
}

/**
 * By our own gateways when FreeSWITCH has any. Else Kamailio has the trunks; but what came from Kamailio just now does
 * not go back there, or it would go round. Whoever is called is transferred by the caller, who may be a stranger: not to
 * the outside world, at the cost of the tenant.
 */
async function toExternal(
  { things, gateways }: Answering,
  call: Call & { readonly tenant: string },
  external: Extract<Destination, { readonly kind: 'external' }>,
): Promise<Element[] | undefined> {
  if (call.isCalled) return undefined
  if (gateways) {
    const gatewayString = await throughGateways(things, call.tenant, external)
    return gatewayString === undefined ? undefined : bridge(gatewayString)
  }
  return call.sentOn || !call.inside ? bridge(throughKamailio(call.tenant, external.dialled)) : undefined
}

function bridge(dialString: ReturnType<typeof appData>): Element[] {
  return [action('set', 'hangup_after_bridge=true'), action('bridge', dialString), action('hangup')]
}

async function moderates({ things }: Answering, call: Call, room: Thing<'conference_room'>): Promise<boolean> {
  if (call.caller === undefined || room.document.settings.moderators.length === 0) return false
  const caller = await things.byName(room.tenant, call.caller)
  return caller?.kind === 'sip_user' && room.document.settings.moderators.includes(caller.id)
}
