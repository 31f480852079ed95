import { declareEvent } from '../../facts/declaration.js'
import * as s from '../../schema/schema.js'
import { eventMaker, type EventFrom } from '../core/domain-event.js'

export const BLOCK_REASONS = ['spam', 'fraud', 'harassment', 'operator'] as const
export const CALLER_MATCHES = ['exact', 'prefix'] as const

const caller = {
  tenant: s.string('SIP domain; * for callers of all tenants'),
  match: s.oneOf(CALLER_MATCHES),
  value: s.string('number or SIP name of the caller, or its beginning'),
}
export const blockedCallerEventDeclarations = [
  declareEvent(
    'blocked_caller.blocked',
    1,
    'Calls from a caller are refused from here on, or until another time than before',
    s.object({
      ...caller,
      reason: s.oneOf(BLOCK_REASONS),
      expiresAt: s.nullable(s.micros('when it ends by itself, µs since 1970-01-01 UTC; null for never')),
    }),
  ),
  declareEvent(
    'blocked_caller.unblocked',
    1,
    'Calls from a caller are let through again',
    s.object({ ...caller, because: s.oneOf(['command', 'expired']) }),
  ),
] as const

export type BlockedCallerEvent = EventFrom<(typeof blockedCallerEventDeclarations)[number]>
export const blockedCallerEvent = eventMaker(blockedCallerEventDeclarations)
