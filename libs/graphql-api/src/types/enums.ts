import { registerEnumType } from '@nestjs/graphql'
import { CALL_EVENT_TYPES } from '@trunkline/domain'

/** Values that are the same inside and outside, as the domain writes them. */
function words<const T extends string>(name: string, description: string, values: readonly T[]): Record<T, T> {
  const object = Object.fromEntries(values.map((value) => [value, value])) as Record<T, T>
  registerEnumType(object, { name, description })
  return object
}

export const DirectionEnum = words('Direction', 'Seen from the tenant', ['internal', 'inbound', 'outbound'])
export const CallStateEnum = words('CallState', 'Where a call stands', [
  'started',
  'ringing',
  'answered',
  'held',
  'unknown',
  'ended',
])
export const LifecycleEnum = words(
  'Lifecycle',
  'live while the call goes on; final; amended when later evidence changed it',
  ['live', 'final', 'amended'],
)
export const DispositionEnum = words('Disposition', 'How a call ended', [
  'answered',
  'no_answer',
  'busy',
  'rejected',
  'cancelled',
  'failed',
  'abandoned',
  'voicemail',
  'unknown',
])
export const HungUpByEnum = words('HungUpBy', 'Who ended the call', [
  'caller',
  'callee',
  'transfer_target',
  'agent',
  'consumer',
  'retriever',
  'interceptor',
  'system',
  'unknown',
])
export const AnswererKindEnum = words('AnswererKind', 'What answered', [
  'user',
  'external',
  'agent',
  'queue',
  'fifo',
  'conference',
  'voicemail',
  'ivr',
  'application',
])
export const LegRoleEnum = words('LegRole', 'What a leg was for', [
  'caller',
  'callee',
  'fork',
  'transfer_target',
  'agent',
  'consultation',
  'retriever',
  'parked',
  'interceptor',
  'eavesdropper',
  'peer',
  'loopback',
])
export const RelationEnum = words('Relation', 'How two calls touch', [
  'consultation',
  'attended_transfer',
  'park_retrieval',
  'pickup',
  'eavesdrop',
  'queue',
  'bridged',
  'same_dialog',
])
export const HowEnum = words('How', 'Seen, or concluded', ['observed', 'inferred'])
export const PresenceActivityEnum = words('PresenceActivity', 'What a user is doing', ['idle', 'ringing', 'busy'])
export const RecordingStateEnum = words('RecordingState', 'State of a recording', ['recording', 'completed', 'damaged'])
export const QueueOutcomeEnum = words('QueueOutcome', 'How a visit to a queue went', [
  'waiting',
  'answered',
  'abandoned',
  'timeout',
  'failed',
])
export const RegistrationStateEnum = words('RegistrationState', 'State of a contact', [
  'registered',
  'removed',
  'expired',
])

/** `call.started` is `call_started` outside: GraphQL names hold no dots. */
export type CallEventName = (typeof CALL_EVENT_TYPES)[number]
const eventNames = CALL_EVENT_TYPES.map((type) => [type.replace('.', '_'), type] as const)
export const CallEventTypeEnum = Object.fromEntries(eventNames) as Record<string, CallEventName>
registerEnumType(CallEventTypeEnum, { name: 'CallEventType', description: 'What happened to a call' })

export const SortOrderEnum = words('SortOrder', 'By start time', ['asc', 'desc'])
export const IntervalEnum = words('Interval', 'Length of a bucket; days are UTC days', ['HOUR', 'DAY'])
export const StatisticsDimensionEnum = words('StatisticsDimension', 'What statistics are grouped by', [
  'direction',
  'trunk',
  'user',
  'cause',
])
export const MessageKindEnum = words(
  'LiveMessageKind',
  'snapshot: all there is now; change: what happened after the cursor before',
  ['snapshot', 'change'],
)
