/** One class of calls for each aggregate: what the command bus finds their handler by. */
import { Command } from '@nestjs/cqrs'
import type { Call, Outcome } from '../core/call.js'

abstract class AggregateCall extends Command<Outcome> {
  constructor(readonly call: Call) {
    super()
  }
}

export class SipUserCall extends AggregateCall {}
export class TrunkCall extends AggregateCall {}
export class NumberCall extends AggregateCall {}
export class BlockedCallerCall extends AggregateCall {}
export class RouteSetCall extends AggregateCall {}
export class ConferenceRoomCall extends AggregateCall {}
export class CallQueueCall extends AggregateCall {}
export class IvrMenuCall extends AggregateCall {}

const CALLS: Readonly<Record<string, new (call: Call) => AggregateCall>> = {
  'SIP users': SipUserCall,
  Trunks: TrunkCall,
  Numbers: NumberCall,
  'Blocked callers': BlockedCallerCall,
  Routes: RouteSetCall,
  'Conference rooms': ConferenceRoomCall,
  'Call queues': CallQueueCall,
  'Voice menus': IvrMenuCall,
}

/** The call as the bus takes it, by the group of its declaration. */
export function toAggregateCall(group: string, call: Call): AggregateCall {
  const Class = CALLS[group]
  if (Class === undefined) throw new TypeError(`no aggregate takes commands of the group ${group}`)
  return new Class(call)
}
