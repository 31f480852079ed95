import type { Addressed } from '../core/command.js'
import type { TrunkAuthentication, TrunkSettings } from './trunk.events.js'

export interface CreateTrunk extends Addressed {
  readonly type: 'CreateTrunk'
  readonly tenant: string
  /** Unique in the tenant, and for good: change it by making a new trunk and moving the share over. */
  readonly name: string
  readonly settings: TrunkSettings
  /** Null when the provider knows us by our address. */
  readonly auth: TrunkAuthentication | null
}

export interface UpdateTrunk extends Addressed {
  readonly type: 'UpdateTrunk'
  /** Parts that are left out stay. */
  readonly settings: Partial<TrunkSettings>
}

export interface SetTrunkCredential extends Addressed {
  readonly type: 'SetTrunkCredential'
  readonly auth: TrunkAuthentication | null
}

export interface SwitchTrunk extends Addressed {
  readonly type: 'ActivateTrunk' | 'DeactivateTrunk'
}

export interface RemoveTrunk extends Addressed {
  readonly type: 'RemoveTrunk'
  /** Ids of the routes that name this trunk now. */
  readonly usedByRoutes: readonly string[]
}

export type TrunkCommand = CreateTrunk | UpdateTrunk | SetTrunkCredential | SwitchTrunk | RemoveTrunk
