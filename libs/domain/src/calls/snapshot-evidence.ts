/**
 * What a list of channels proves. It is itself fed by events and lies both ways, so a channel that is not listed is
 * only `missing`; missing twice and denied by uuid_exists, or owned by a switch process that is gone, it is `lost`.
 */
import type { ChannelData } from '../facts/channel.facts.js'
import type { FactFrom } from '../facts/declaration.js'
import type { switchFacts } from '../facts/switch.facts.js'
import type { CallBook } from './call-book.js'
import { isDialogLeg } from './dialog-evidence.js'
import { parentFromSnapshot } from './leg-parent.js'
import { addMark, isComplete, keepFirst, type LegState } from './leg-state.js'

export type SnapshotFact = Extract<FactFrom<(typeof switchFacts)[number]>, { type: 'switch.snapshot' }>
type Listed = SnapshotFact['data']['channels'][number]

export function applySnapshot(book: CallBook, fact: SnapshotFact): void {
  const listed = new Map(fact.data.channels.map((channel) => [channel.channel, channel]))
  const denied = new Set(fact.data.absent)
  for (const leg of book.openLegs(fact.key)) {
    if (leg.marks.some((mark) => isComplete(mark.k))) continue
    const row = listed.get(leg.id)
    if (row !== undefined) see(book, leg, fact)
    // a proxy's own list of dialogs needs no second opinion
    else miss(book, leg, { fact, denied: denied.has(leg.id) || isDialogLeg(leg.id) })
  }
  for (const row of listed.values()) if (!book.has(row.channel)) discover(book, row, fact)
}

/** A listed channel that was missing or thought lost lives after all. */
function see(book: CallBook, leg: LegState, fact: SnapshotFact): void {
  leg.core = fact.data.core
  if (!leg.marks.some((mark) => mark.k === 'missing' || mark.k === 'lost')) return
  if (addMark(leg, { id: fact.id, t: fact.time, s: 0, k: 'listed' })) book.touch(leg.callId)
}

function miss(book: CallBook, leg: LegState, { fact, denied }: { fact: SnapshotFact; denied: boolean }): void {
  const last = leg.marks.findLast((mark) => mark.k !== 'missing')
  // a snapshot says nothing about what began or still gave a sign after it
  if (last === undefined || last.t >= fact.time || last.k === 'lost') return
  const missing = leg.marks.filter((mark) => mark.k === 'missing' && mark.t > last.t)
  const restarted = leg.core !== '' && leg.core !== fact.data.core
  // a proxy lists its dialogs from the memory it works with: what is not there is over
  if (restarted || (denied && (missing.length > 0 || isDialogLeg(leg.id)))) {
    const notAfter = missing[0]?.t ?? fact.time
    const reason = restarted
      ? 'switch restarted'
      : isDialogLeg(leg.id)
        ? 'not listed by the proxy'
        : 'not listed twice and denied by uuid_exists'
    const mark = {
      id: fact.id,
      t: fact.time,
      s: 1,
      k: 'lost',
      a: String(last.t),
      b: String(notAfter),
      h: { reason },
    } as const
    if (addMark(leg, mark)) book.touch(leg.callId)
  } else if (missing.length === 0 && addMark(leg, { id: fact.id, t: fact.time, s: 0, k: 'missing' }))
    book.touch(leg.callId)
}

/** A channel that began while nobody listened. */
function discover(book: CallBook, row: Listed, fact: SnapshotFact): void {
  const leg = book.ensureLeg(row.channel, fact.key)
  leg.core = fact.data.core
  addMark(leg, { id: fact.id, t: fact.time, s: 0, k: 'listed' })
  keepFirst(leg, { rank: 0, t: row.createdAt, s: 0, data: dataOf(row, fact) })
  // who called in was brought about by nobody
  const parent = row.direction === 'outbound' ? parentFromSnapshot(row.channel, row.callUuid) : null
  if (parent !== null) book.adopt(leg, parent, fact.key)
}

function dataOf(row: Listed, fact: SnapshotFact): ChannelData {
  const direction = row.direction === 'inbound' || row.direction === 'outbound' ? row.direction : undefined
  const answered: boolean = row.callState === 'ACTIVE' || row.callState === 'HELD'
  return {
    core: fact.data.core,
    seq: 0,
    channel: row.channel,
    name: row.name,
    direction,
    callerNumber: row.callerNumber,
    callerName: row.callerName,
    destination: row.destination,
    presenceId: row.presenceId,
    callState: row.callState,
    times: answered ? { created: row.createdAt, answered: fact.time } : { created: row.createdAt },
    vars: {},
  }
}
