/** The legs of a call with the part each plays: shared by everything that derives a piece of the record. */
import type { CallWork } from './call-state.js'
import type { LegRole, Party } from './call-record.js'
import { variable, type LegState } from './leg-state.js'
import { viewLeg, type LegView } from './leg-view.js'

export interface LegLookup {
  leg(id: string): LegState | undefined
}

export interface CallParts {
  readonly id: string
  /** Own legs: the first one of the call, then by age. */
  readonly own: readonly LegView[]
  /** Legs of other calls that were bridged to ours. */
  readonly guests: readonly LegView[]
  readonly root: LegView
  /** The leg of who calls; null when a command called a phone and nobody else. */
  readonly caller: LegView | null
  /** Legs that were called (not loopback), oldest first. */
  readonly called: readonly LegView[]
  find(id: string): LegView | undefined
}

export function partsOf(call: CallWork, lookup: LegLookup): CallParts {
  const isRoot = (view: LegView) => view.id === call.id
  const own = [...call.legs.values()]
    .map(viewLeg)
    .sort((a, b) => Number(isRoot(b)) - Number(isRoot(a)) || a.startedAt - b.startedAt || (a.id < b.id ? -1 : 1))
  const root = own[0]!
  const bridged = new Set(own.flatMap((view) => view.bridges.map((bridge) => bridge.peer)))
  const guests = [...call.links.values()]
    .filter((link) => bridged.has(link.otherLeg) && !call.legs.has(link.otherLeg))
    .flatMap((link) => lookup.leg(link.otherLeg) ?? [])
  const guestViews = [...new Set(guests)]
    .map(viewLeg)
    .sort((a, b) => a.startedAt - b.startedAt || (a.id < b.id ? -1 : 1))
  const others = own.filter((view) => view !== root && !view.loopback && !isPickup(view))
  // a command that called one phone only: that phone is who was called
  const commanded = root.loopback || (root.direction === 'outbound' && others.length === 0)
  const caller = commanded ? null : root
  const called = commanded && !root.loopback ? [root] : others
  const all = new Map([...own, ...guestViews].map((view) => [view.id, view]))
  return { id: call.id, own, guests: guestViews, root, caller, called, find: (id) => all.get(id) }
}

/** A leg that joined by picking the call up. */
export function isPickup(view: LegView): boolean {
  return view.leg.marks.some((mark) => mark.k === 'executed' && mark.a === 'intercept')
}

export function isAgent(view: LegView): boolean {
  const data = view.leg.first?.data
  return (
    variable(data, 'cc_member_session_uuid') !== null ||
    variable(view.leg.last?.data, 'cc_member_session_uuid') !== null
  )
}

export function gatewayOf(view: LegView): string | null {
  return variable(view.leg.last?.data, 'sip_gateway_name') ?? variable(view.leg.first?.data, 'sip_gateway_name')
}

/**
 * Gateway by which a called leg leaves us, or the host that it goes to without one: a leg of no user of ours, by another
 * SIP profile than the phone of ours that called. Null for our own phones.
 */
export function wayOut(parts: CallParts, view: LegView): string | null {
  const gateway = gatewayOf(view)
  if (gateway !== null || view.direction === 'inbound' || userOf(view) !== null) return gateway
  if (parts.caller === null || userOf(parts.caller) === null) return null
  const [from, by] = [parts.caller, view].map((one) => variable(one.leg.last?.data, 'sofia_profile_name'))
  const host = /@([^@;:/]+)/.exec(view.leg.first?.data.name ?? '')?.[1] ?? null
  return from === null || by === null || from === by ? null : host
}

/** user@domain when the leg ends at a phone of ours. */
export function userOf(view: LegView): string | null {
  const read = (name: string) => variable(view.leg.last?.data, name) ?? variable(view.leg.first?.data, name)
  if (view.loopback || gatewayOf(view) !== null) return null
  const presence = view.leg.first?.data.presenceId ?? read('presence_id')
  if (view.direction === 'inbound') {
    const user = read('user_name') ?? read('sip_auth_username')
    const domain = read('domain_name') ?? read('sip_from_host')
    if (user !== null && domain !== null) return `${user}@${domain}`
    // our Kamailio says whom it authenticated, and asks for the domain of that user
    const told = read('sip_h_X-Trunkline-User')?.toLowerCase()
    const asked = read('sip_req_host')?.toLowerCase()
    if (told !== undefined && asked !== undefined && told.endsWith(`@${asked}`)) return told
    // a proxy in front did the authentication: who comes from the domain that is called is one of its users
    const from = read('sip_from_user')
    const host = read('sip_from_host')
    return from !== null && host !== null && host === read('dialed_domain') ? `${from}@${host}` : null
  }
  if (presence !== null && presence !== undefined) return presence
  const user = read('dialed_user')
  const domain = read('dialed_domain') ?? read('sip_from_host')
  return user === null || domain === null ? null : `${user}@${domain}`
}

const NO_NUMBER = '0000000000'

/** The number of who is at the far end of the leg, taken from its creation: it is rewritten later. */
export function numberOf(view: LegView): string | null {
  const data = view.leg.first?.data ?? view.leg.last?.data
  if (data === undefined) return null
  const number = view.direction === 'inbound' ? data.callerNumber : (data.destination ?? data.calleeNumber)
  return number === undefined || number === '' || number === NO_NUMBER ? null : number
}

export function nameOf(view: LegView): string | null {
  const data = view.leg.first?.data ?? view.leg.last?.data
  if (view.direction === 'inbound') return data?.callerName ?? null
  // mod_sofia's default for a callee that gave no name
  const name = data?.calleeName
  return name === undefined || name === 'Outbound Call' ? null : name
}

export function partyOf(view: LegView): Party {
  return { number: numberOf(view), name: nameOf(view), user: userOf(view) }
}

/** Roles need to know when the first transfer happened (µs), to tell its target from the first callee. */
export function roleOf(parts: CallParts, view: LegView, firstTransferAt: number | null): LegRole {
  if (parts.guests.includes(view)) return guestRole(parts, view)
  if (view.loopback) return 'loopback'
  if (view === parts.caller) return 'caller'
  if (isPickup(view)) return 'interceptor'
  if (isAgent(view)) return 'agent'
  if (view === parts.root) return 'callee'
  if (firstTransferAt !== null && view.startedAt >= firstTransferAt - 100_000) return 'transfer_target'
  return view.bridges.length > 0 || parts.called.length === 1 ? 'callee' : 'fork'
}

function guestRole(parts: CallParts, view: LegView): LegRole {
  // a standby agent's own call outlasts those that it serves
  if (isAgent(view)) return 'agent'
  const parkedHere = parts.own.some((own) => own.leg.marks.some((mark) => mark.k === 'parking' && mark.a === 'hold'))
  if (parkedHere) return 'retriever'
  if (view.leg.marks.some((mark) => mark.k === 'parking' && mark.a === 'hold')) return 'parked'
  const attended = (one: LegView) => variable(one.leg.last?.data, 'transfer_history') !== null
  if (attended(view) && parts.own.some(attended)) {
    const own = parts.own.find((one) => one.bridges.some((bridge) => bridge.peer === view.id))
    return own !== undefined && own.startedAt < view.startedAt ? 'transfer_target' : 'peer'
  }
  return 'peer'
}

export function toMs(micros: number): number {
  return Math.round(micros / 1000)
}

export function msOrNull(micros: number | null): number | null {
  return micros === null ? null : toMs(micros)
}
