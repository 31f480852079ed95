import type { WriteSide } from '@trunkline/command-http'
import { ApiError } from '../errors/index.js'
import type { ApiContext } from '../queries/context.js'

/** Throws PROVISIONING_OFF when this process takes no commands. */
export function writeSideOf({ services }: ApiContext): WriteSide {
  if (services?.writeSide === undefined) throw new ApiError('PROVISIONING_OFF')
  return services.writeSide
}
