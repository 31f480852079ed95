import type { ChannelRow } from './channel-row.js'
import { rowFromHeaders } from './channel-row.js'

/** The headers of one event; text is one character a byte (latin1), so that broken UTF-8 survives. */
export type EventHeaders = Readonly<Record<string, string | readonly string[]>>

/** What one event does to the list of channels. */
export type ChannelChange =
  | { readonly kind: 'created' | 'changed'; readonly uuid: string; readonly row: Partial<ChannelRow> }
  | { readonly kind: 'renamed'; readonly uuid: string; readonly oldUuid: string }
  | { readonly kind: 'destroyed'; readonly uuid: string }

/** The little that the simulated switch must know of an event to route it and to answer `show channels`. */
export interface EventSummary {
  readonly name: string
  readonly subclass: string
  readonly coreUuid: string
  readonly uuid: string
  readonly otherUuid: string
  readonly change: ChannelChange | undefined
}

/** Parses the JSON body of an event without touching bytes that are no UTF-8. */
export function parseHeaders(body: Buffer): EventHeaders {
  return JSON.parse(body.toString('latin1')) as EventHeaders
}

/** One header as text; of a header with several values the first; '' when absent. */
export function headerText(headers: EventHeaders, name: string): string {
  const value = headers[name]
  return typeof value === 'string' ? value : (value?.[0] ?? '')
}

export function summarize(headers: EventHeaders): EventSummary {
  const name = headerText(headers, 'Event-Name')
  const uuid = headerText(headers, 'Unique-ID')
  return {
    name,
    subclass: headerText(headers, 'Event-Subclass'),
    coreUuid: headerText(headers, 'Core-UUID'),
    uuid,
    otherUuid: headerText(headers, 'Other-Leg-Unique-ID'),
    change: changeOf(headers, name, uuid),
  }
}

function changeOf(headers: EventHeaders, name: string, uuid: string): ChannelChange | undefined {
  if (uuid === '') return undefined
  switch (name) {
    case 'CHANNEL_CREATE':
      return { kind: 'created', uuid, row: rowFromHeaders(headers) }
    case 'CHANNEL_DESTROY':
      return { kind: 'destroyed', uuid }
    case 'CHANNEL_UUID':
      return { kind: 'renamed', uuid, oldUuid: headerText(headers, 'Old-Unique-ID') }
    case 'CALL_UPDATE':
    case 'CODEC':
      return { kind: 'changed', uuid, row: rowFromHeaders(headers) }
    default:
      return name.startsWith('CHANNEL_') ? { kind: 'changed', uuid, row: rowFromHeaders(headers) } : undefined
  }
}

/** Text as people read it: the bytes of latin1 text taken as UTF-8. */
export function utf8Of(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8')
}
