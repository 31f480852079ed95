import type { KnownThing } from '../core/target.js'
import type { RouteRule } from './route-rule.js'

interface OfTenant {
  /** SIP domain; a tenant has one set of routes. */
  readonly tenant: string
  readonly commandId: string
}

/** What the caller has seen to be there in the tenant. */
export interface RouteEvidence {
  /** Ids of trunks. */
  readonly knownTrunks: readonly string[]
  readonly known: readonly KnownThing[]
}

export interface ReplaceRoutes extends OfTenant, RouteEvidence {
  readonly type: 'ReplaceRoutes'
  readonly rules: readonly RouteRule[]
}

export interface PutRoute extends OfTenant, RouteEvidence {
  readonly type: 'PutRoute'
  readonly rule: RouteRule
  /** Place among all rules, from 0; when left out, where it stands, or the end for a new one. */
  readonly position?: number
}

export interface RemoveRoute extends OfTenant {
  readonly type: 'RemoveRoute'
  readonly ruleId: string
}

/** Gives a trunk its percentage; what it wins or loses, `against` loses or wins. Moves calls from one trunk to another. */
export interface SetTrunkShare extends OfTenant, Pick<RouteEvidence, 'knownTrunks'> {
  readonly type: 'SetTrunkShare'
  readonly ruleId: string
  readonly priority: number
  /** May be new to the route. */
  readonly trunkId: string
  readonly against: string
  readonly percent: number
}

export type RouteSetCommand = ReplaceRoutes | PutRoute | RemoveRoute | SetTrunkShare
