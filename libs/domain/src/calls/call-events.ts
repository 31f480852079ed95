/**
 * Conversation-level events on `trunkline.calls`, key = call id. Each carries the whole record as it stood,
 * so that a reader needs no second source. Record meta `seq` numbers them without repetition per source.
 */
import type { CallRecord } from './call-record.js'

export const CALL_EVENT_TYPES = [
  'call.started',
  'call.ringing',
  'call.answered',
  'call.held',
  'call.resumed',
  'call.transferred',
  'call.recording_started',
  'call.recording_stopped',
  'call.recording_damaged',
  'call.ended',
  'call.amended',
  'call.merged',
] as const
export type CallEventType = (typeof CALL_EVENT_TYPES)[number]

export interface CallEventData {
  /** When it happened, ms since 1970-01-01 UTC by the switch's clock. */
  readonly at: number
  readonly call: CallRecord
  /** `call.merged` alone: the call that this one turned out to be a part of; `call` is to be taken away. */
  readonly mergedInto?: string | null
}

/** `call.amended` stands for any change that is none of the others, also after the end. */
export interface CallEvent {
  readonly id: string
  readonly type: CallEventType
  readonly callId: string
  readonly data: CallEventData
}
