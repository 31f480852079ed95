import type { Addressed } from '../core/command.js'
import type { KnownThing, Target } from '../core/target.js'

export interface AddNumber extends Addressed {
  readonly type: 'AddNumber'
  readonly tenant: string
  /** E.164, with +. */
  readonly number: string
}

export interface AssignNumber extends Addressed {
  readonly type: 'AssignNumber'
  readonly target: Target
  /** What of the target is known to be there in the tenant of the number. */
  readonly known: readonly KnownThing[]
}

export interface PlainNumberCommand extends Addressed {
  readonly type: 'ReleaseNumber' | 'RemoveNumber'
}

export type NumberCommand = AddNumber | AssignNumber | PlainNumberCommand
