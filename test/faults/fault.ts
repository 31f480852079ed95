import { Site, type Role, type SiteOptions } from './site.js'
import type { TrafficOptions } from './traffic.js'
import type { Judgement } from './judge.js'

export interface Fault {
  readonly name: string
  /** What is done, in a line. */
  readonly about: string
  readonly roles?: readonly Role[]
  readonly wired?: readonly ('kafka' | 'database' | 'switches')[]
  readonly wiredRoles?: readonly Role[]
  /** Settings on top, made for each run. */
  readonly env?: () => SiteOptions['env'] | Promise<SiteOptions['env']>
  readonly traffic?: TrafficOptions
  /** For a time nobody hears a switch: what happened then may be missing, when a gap says so. */
  readonly deafens?: boolean
  /**
   * Makes the fault and heals it. May give a look at what only this fault promises, for when all is quiet again: that tells
   * in words what is wrong.
   */
  make(site: Site): Promise<Look | void>
}

export type Look = () => Promise<readonly string[]>

export interface Outcome extends Judgement {
  readonly name: string
  /** From the fault to its healing, ms. */
  readonly durationMs: number
  /** Facts that the switches told meanwhile. */
  readonly inFlight: number
  readonly ok: boolean
  /** From the start of the apps to the judgement, ms. */
  readonly tookMs: number
}

export const USUAL_ROLES: readonly Role[] = ['listener1', 'listener2', 'projector1', 'projector2']
