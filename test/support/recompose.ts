/** Captured events, edited and put together anew: calls that nobody captured, in the words of a real switch. */
import { translate, type SwitchEvent } from '@trunkline/esl'
import { CallBook, type CallRecord, type Fact } from '@trunkline/domain'
import { connections, events } from './capture.js'

export type Event = Record<string, string>

/** Events of a scenario: all, or those of the channels whose ids begin so. */
export function eventsOf(scenario: string, ...channels: string[]): Event[] {
  const all = connections(scenario).flatMap((raw) => [...events(raw)] as Event[])
  return channels.length === 0 ? all : all.filter((event) => channels.some((id) => event['Unique-ID']?.startsWith(id)))
}

export function at(event: Event): number {
  return Number(event['Event-Date-Timestamp'])
}

/** An event of the same channel with another name, µs later than the given one. */
export function after(event: Event, later: number, change: Event): Event {
  const seq = String(Number(event['Event-Sequence']) + 1_000_000 + later)
  return { ...event, 'Event-Sequence': seq, 'Event-Date-Timestamp': String(at(event) + later), ...change }
}

export function without(event: Event, names: readonly string[]): Event {
  return Object.fromEntries(Object.entries(event).filter(([name]) => !names.includes(name)))
}

export function isEnd(event: Event): boolean {
  return /^CHANNEL_(?:HANGUP|HANGUP_COMPLETE|DESTROY)$/.test(event['Event-Name']!)
}

export function factsFrom(some: readonly Event[]): Fact[] {
  const ordered = [...some].sort((a, b) => at(a) - at(b))
  return ordered.flatMap((event) => translate(event as SwitchEvent, 'pbx1') ?? [])
}

/** Records after each fact was applied alone, oldest call first. */
export function fold(facts: readonly Fact[]): CallRecord[] {
  const book = new CallBook()
  const records = new Map<string, CallRecord>()
  for (const fact of facts) {
    book.apply(fact)
    for (const { callId, after: record } of book.drain())
      record === null ? records.delete(callId) : records.set(callId, record)
  }
  return [...records.values()].sort((a, b) => a.startedAt - b.startedAt || (a.id < b.id ? -1 : 1))
}
