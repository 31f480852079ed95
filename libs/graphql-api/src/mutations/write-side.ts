import type { PhoneSetupParts } from '@trunkline/command-http'
import type { Commander } from '@trunkline/commands'
import { ApiError } from '../errors/index.js'
import type { ApiContext } from '../queries/context.js'

/** What mutations work on. */
export interface WriteSide extends PhoneSetupParts {
  readonly commander: Commander
}

/** Throws PROVISIONING_OFF when this process takes no commands. */
export function writeSideOf({ writeSide }: ApiContext): WriteSide {
  if (writeSide === undefined) throw new ApiError('PROVISIONING_OFF')
  return writeSide
}
