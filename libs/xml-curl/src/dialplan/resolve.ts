import { routeResolver, type ExternalRule, type RouteResolver, type Target } from '@trunkline/domain'
import type { AnyThing, Thing, Things } from '@trunkline/provisioning-views'

/** Where a dialled name leads. */
export type Destination =
  | { readonly kind: 'user'; readonly user: Thing<'sip_user'> }
  | { readonly kind: 'room'; readonly room: Thing<'conference_room'> }
  | { readonly kind: 'queue'; readonly queue: Thing<'call_queue'> }
  | { readonly kind: 'menu'; readonly menu: Thing<'ivr_menu'> }
  | { readonly kind: 'external'; readonly dialled: string; readonly rules: readonly ExternalRule[] }

/** Names that lead to names: routes that go round are refused when they are made, so this is for views between two states. */
const MOST_STEPS = 8

/**
 * Undefined for what leads nowhere, and for what a rule leaves to FreeSWITCH's own dialplan. The order is that of the
 * routes: aliases, what is the tenant's own, and the outside world.
 */
export async function resolveName(things: Things, tenant: string, name: string): Promise<Destination | undefined> {
  const routes = await resolverOf(things, tenant)
  let dialled = name
  for (let step = 0; step < MOST_STEPS; step++) {
    const alias = routes?.firstAlias(dialled)?.target
    if (alias === undefined) return await withoutAlias(things, { tenant, dialled, routes })
    if (alias.kind === 'freeswitch') return undefined
    if (alias.kind !== 'dial') return await resolveThing(things, tenant, alias)
    dialled = alias.name
  }
  return undefined
}

/** Of a telephone number; tenants never reach things of one another. */
export async function resolveTarget(things: Things, tenant: string, target: Target): Promise<Destination | undefined> {
  return target.kind === 'dial'
    ? await resolveName(things, tenant, target.name)
    : await resolveThing(things, tenant, target)
}

async function withoutAlias(
  things: Things,
  call: { readonly tenant: string; readonly dialled: string; readonly routes: RouteResolver | undefined },
): Promise<Destination | undefined> {
  const { tenant, dialled, routes } = call
  const own = await things.byName(tenant, dialled)
  if (own !== undefined) return own.tenant === tenant ? destination(own) : undefined
  const number = dialled.startsWith('+') ? await things.byNumber(dialled) : undefined
  if (number?.tenant === tenant && number.status !== 'removed' && number.document.target !== null) {
    const { target } = number.document
    // a number that leads to a name is left to Kamailio, which would count and limit the call
    if (target.kind !== 'dial') return await resolveThing(things, tenant, target)
  }
  const rules = (routes?.resolve(dialled, false) ?? []).filter((rule) => rule.kind === 'external')
  return rules.length === 0 ? undefined : { kind: 'external', dialled, rules }
}

async function resolveThing(
  things: Things,
  tenant: string,
  target: Exclude<Target, { readonly kind: 'dial' }>,
): Promise<Destination | undefined> {
  const kinds = { user: 'sip_user', room: 'conference_room', queue: 'call_queue', menu: 'ivr_menu' } as const
  const thing = (await things.get(kinds[target.kind], target.id)) as AnyThing | undefined
  return thing?.tenant === tenant ? destination(thing) : undefined
}

function destination(thing: AnyThing): Destination | undefined {
  if (thing.status !== 'active') return undefined
  switch (thing.kind) {
    case 'sip_user':
      return { kind: 'user', user: thing }
    case 'conference_room':
      return { kind: 'room', room: thing }
    case 'call_queue':
      return { kind: 'queue', queue: thing }
    case 'ivr_menu':
      return { kind: 'menu', menu: thing }
    case 'trunk':
    case 'number':
    case 'route_set':
    case 'blocked_caller':
      return undefined
  }
}

async function resolverOf(things: Things, tenant: string): Promise<RouteResolver | undefined> {
  const routes = await things.get('route_set', tenant)
  return routes === undefined || routes.status === 'removed' ? undefined : routeResolver(routes.document.rules)
}
