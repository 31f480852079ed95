import type { TrunkAuthentication, TrunkSettings } from './trunk.events.js'

export interface Trunk {
  readonly id: string
  readonly tenant: string
  readonly name: string
  readonly settings: TrunkSettings
  readonly auth: TrunkAuthentication | null
  /** Version of the last credential, also when the trunk has none now: versions are never used twice. */
  readonly lastCredentialVersion: number
  readonly claimId: string
  readonly birth: string
}

export type TrunkState =
  | { readonly kind: 'absent' }
  | { readonly kind: 'inactive'; readonly trunk: Trunk }
  | { readonly kind: 'active'; readonly trunk: Trunk }
  | { readonly kind: 'removed' }
