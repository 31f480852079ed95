/** What the simulated switches did, call by call: what the views are compared with. */
import type { CallMoment, CallSign } from '@trunkline/simulated-switch'
import { OUTCOMES } from './scenarios.js'

export interface LedgerCall {
  readonly id: string
  readonly disposition: string
  /** Undefined when it is not answered, ms. */
  readonly talkMs: number | undefined
  /** When the switch sent the event, by `performance.now()`. */
  readonly sentMs: Partial<Record<CallMoment, number>>
}

export class Ledger {
  readonly calls = new Map<string, LedgerCall>()
  open = 0
  mostOpen = 0
  ended = 0

  readonly note = ({ callId, scenario, moment, talkMs }: CallSign): void => {
    let call = this.calls.get(callId)
    if (call === undefined) {
      call = { id: callId, disposition: OUTCOMES[scenario]!, talkMs, sentMs: {} }
      this.calls.set(callId, call)
    }
    call.sentMs[moment] = performance.now()
    if (moment === 'started') this.mostOpen = Math.max(this.mostOpen, ++this.open)
    if (moment === 'ended') {
      this.open -= 1
      this.ended += 1
    }
  }
}
