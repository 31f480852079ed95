import type { Role, Viewer } from '@trunkline/access'
import { CommandError } from '../command-error.js'

export function mayUse(viewer: Viewer, roles: readonly Role[]): boolean {
  return viewer.role === 'admin' || roles.includes(viewer.role)
}

export function checkKey(key: string): void {
  if (!/^[\x21-\x7e]([\x20-\x7e]{0,126}[\x21-\x7e])?$/.test(key)) throw new CommandError('KEY_INVALID')
}

/** Keys of different senders are different keys. */
export function scopeOf({ tenant, user }: Viewer, key: string): [string, string, string] {
  return [tenant, user, key]
}

export interface Sent {
  readonly viewer: Viewer
  readonly correlationId?: string | undefined
  readonly traceparent?: string | undefined
}

/** What each event keeps of the command that led to it. The tenant of the aggregate is added there. */
export function metaFor(
  { viewer, correlationId, traceparent }: Sent,
  { commandId, name }: { commandId: string; name: string },
): Record<string, string> {
  return {
    commandId,
    command: name,
    correlationId: correlationId ?? commandId,
    causationId: commandId,
    actor: viewer.user,
    ...(traceparent === undefined ? {} : { traceparent }),
  }
}
