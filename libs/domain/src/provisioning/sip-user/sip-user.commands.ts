import type { Addressed } from '../core/command.js'
import type { Credential } from '../core/credential.js'
import type { Sealed } from '../core/sealed.js'
import type { SUSPEND_REASONS, UserLimits } from './sip-user.events.js'

/** Undefined leaves a part as it is, null takes it away. */
export interface PersonChange {
  readonly displayName?: Sealed | null
  readonly email?: Sealed | null
  readonly phone?: Sealed | null
}

export interface CreateSipUser extends Addressed {
  readonly type: 'CreateSipUser'
  /** SIP domain; the address of record is username@tenant. */
  readonly tenant: string
  readonly username: string
  readonly person?: PersonChange
  /** Null when the user is to get it later, and cannot register until then. */
  readonly credential: Credential | null
  readonly limits?: Partial<UserLimits>
  readonly aliases?: readonly string[]
}

export interface UpdateSipUser extends Addressed {
  readonly type: 'UpdateSipUser'
  readonly person: PersonChange
}

export interface SuspendSipUser extends Addressed {
  readonly type: 'SuspendSipUser'
  readonly reason: (typeof SUSPEND_REASONS)[number]
}

export interface ResumeSipUser extends Addressed {
  readonly type: 'ResumeSipUser'
}

export interface RemoveSipUser extends Addressed {
  readonly type: 'RemoveSipUser'
  /** Streams of what names the user now: numbers, routes, menus, queues, rooms. */
  readonly usedBy: readonly string[]
}

/** The first credential is set; each later one is a rotation. */
export interface ChangeSipUserCredential extends Addressed {
  readonly type: 'SetSipUserCredential' | 'RotateSipUserCredential'
  readonly credential: Credential
}

export interface UnlockSipUser extends Addressed {
  readonly type: 'UnlockSipUser'
  /** IP address to be freed; null for all that were banned for this user. */
  readonly source: string | null
}

export interface SetSipUserLimits extends Addressed {
  readonly type: 'SetSipUserLimits'
  /** A limit that is left out stays. */
  readonly limits: Partial<UserLimits>
}

export interface ChangeSipUserAlias extends Addressed {
  readonly type: 'AddSipUserAlias' | 'RemoveSipUserAlias'
  readonly alias: string
}

export type SipUserCommand =
  | CreateSipUser
  | UpdateSipUser
  | SuspendSipUser
  | ResumeSipUser
  | RemoveSipUser
  | ChangeSipUserCredential
  | UnlockSipUser
  | SetSipUserLimits
  | ChangeSipUserAlias
