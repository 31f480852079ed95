import type { Credential } from '../core/credential.js'
import type { SealedPerson, SUSPEND_REASONS, UserLimits } from './sip-user.events.js'

/** A name and the command that reserved it. */
export interface HeldName {
  readonly name: string
  readonly claimId: string
}

export interface SipUser {
  readonly id: string
  readonly tenant: string
  readonly username: string
  readonly person: SealedPerson
  readonly credential: Credential | null
  readonly limits: UserLimits
  /** The user name first, then the aliases. */
  readonly names: readonly HeldName[]
  /** The last command that unlocked. */
  readonly unlockedBy: string | null
  readonly birth: string
}

export type SipUserState =
  | { readonly kind: 'absent' }
  | { readonly kind: 'active'; readonly user: SipUser }
  | { readonly kind: 'suspended'; readonly user: SipUser; readonly reason: (typeof SUSPEND_REASONS)[number] }
  | { readonly kind: 'removed' }
