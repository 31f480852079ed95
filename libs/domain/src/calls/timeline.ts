import { numberOf, toMs, type CallParts } from './call-parts.js'
import type { CallRecord, TimelineEntry } from './call-record.js'
import type { Mark } from './leg-state.js'

const WORDS: Partial<Record<Mark['k'], string>> = {
  created: 'leg started',
  progressed: 'leg ringing',
  answered: 'leg answered',
  bridged: 'bridged',
  held: 'held',
  resumed: 'resumed',
  parked: 'parked',
  dtmf: 'digit',
  recording_started: 'recording started',
  recording_stopped: 'recording stopped',
  queue: 'queue',
  fifo: 'fifo',
  conference: 'conference',
  parking: 'parking',
  voicemail: 'voicemail',
  hungup: 'leg hung up',
  missing: 'not listed by the switch',
  lost: 'end inferred',
}

/** What happened, in order, as a person would tell it. */
export function timelineOf(parts: CallParts, transfers: CallRecord['transfers']): TimelineEntry[] {
  const seen = new Set<string>()
  const entries = parts.own.flatMap((view) =>
    view.leg.marks.flatMap((mark): TimelineEntry[] => {
      const what = WORDS[mark.k]
      // a bridge stands on both its legs
      if (what === undefined || seen.has(mark.id)) return []
      seen.add(mark.id)
      return [{ at: toMs(mark.t), what, legId: view.id, detail: detailOf(mark, numberOf(view)) }]
    }),
  )
  for (const transfer of transfers) {
    entries.push({ at: transfer.at, what: `${transfer.type} transfer`, legId: null, detail: transfer.target })
  }
  return entries.sort(
    (a, b) => a.at - b.at || (a.what < b.what ? -1 : 1) || ((a.legId ?? '') < (b.legId ?? '') ? -1 : 1),
  )
}

function detailOf(mark: Mark, number: string | null): string | null {
  switch (mark.k) {
    case 'dtmf':
    case 'recording_started':
    case 'recording_stopped':
    case 'hungup':
    case 'queue':
    case 'fifo':
    case 'conference':
    case 'parking':
    case 'voicemail':
      return mark.a ?? null
    default:
      return number
  }
}
