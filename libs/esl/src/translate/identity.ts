import { integer, text, type SwitchEvent } from './event.js'

/** What identifies an event: id = Core-UUID/Event-Sequence, time = the switch's own clock in µs. */
export interface EventIdentity {
  readonly core: string
  readonly seq: number
  readonly time: number
  readonly fact: { readonly id: string; readonly version: 1; readonly key: string; readonly time: number }
}

/** Undefined when an event lacks Core-UUID, Event-Sequence or Event-Date-Timestamp: it cannot be placed or told apart. */
export function identify(event: SwitchEvent, switchName: string): EventIdentity | undefined {
  const core = text(event, 'Core-UUID')
  const seq = integer(event, 'Event-Sequence')
  const time = integer(event, 'Event-Date-Timestamp')
  if (core === undefined || seq === undefined || time === undefined) return undefined
  return { core, seq, time, fact: { id: `${core}/${seq}`, version: 1, key: switchName, time } }
}
