/**
 * What the world is told when a record changed: the steps that are in the new record's history and were not in the
 * old one's, in order of time. The steps do not depend on how many facts lay between the two records.
 */
import type { CallEvent, CallEventType } from './call-events.js'
import type { CallRecord } from './call-record.js'

interface Step {
  readonly key: string
  readonly type: CallEventType
  readonly at: number
}

export function callEvents(before: CallRecord | null, after: CallRecord): CallEvent[] {
  const known = new Set(before === null ? [] : stepsOf(before).map((step) => step.key))
  const fresh = stepsOf(after).filter((step) => !known.has(step.key))
  const last = after.endedAt ?? after.startedAt
  const steps =
    fresh.length > 0 ? fresh : [{ key: `amended/${digest(after)}`, type: 'call.amended' as const, at: last }]
  return steps.map((step) => ({
    id: `${after.id}/${step.key}/${after.revision}`,
    type: step.type,
    callId: after.id,
    data: { at: step.at, call: after },
  }))
}

function stepsOf(call: CallRecord): Step[] {
  const steps: Step[] = [{ key: 'started', type: 'call.started', at: call.startedAt }]
  if (call.ringingAt !== null) steps.push({ key: 'ringing', type: 'call.ringing', at: call.ringingAt })
  if (call.answeredAt !== null) steps.push({ key: 'answered', type: 'call.answered', at: call.answeredAt })
  for (const hold of call.holds) {
    steps.push({ key: `held/${hold.legId}/${hold.from}`, type: 'call.held', at: hold.from })
    if (hold.to !== null) steps.push({ key: `resumed/${hold.legId}/${hold.from}`, type: 'call.resumed', at: hold.to })
  }
  for (const [index, transfer] of call.transfers.entries()) {
    steps.push({
      key: `transferred/${index}`,
      type: 'call.transferred',
      at: transfer.at,
    })
  }
  for (const recording of call.recordings) {
    steps.push({ key: `recording/${recording.id}`, type: 'call.recording_started', at: recording.startedAt })
    if (recording.state === 'completed') {
      steps.push({
        key: `recorded/${recording.id}`,
        type: 'call.recording_stopped',
        at: recording.stoppedAt ?? recording.startedAt,
      })
    }
    if (recording.state === 'damaged') {
      steps.push({
        key: `damaged/${recording.id}`,
        type: 'call.recording_damaged',
        at: recording.stoppedAt ?? call.endedAt ?? recording.startedAt,
      })
    }
  }
  steps.sort((a, b) => a.at - b.at)
  if (call.state === 'ended') steps.push({ key: 'ended', type: 'call.ended', at: call.endedAt ?? call.startedAt })
  return steps
}

const { imul } = Math

/**
 * 64 bits of FNV-1a over the record. The revision alone does not name an amendment: evidence on a leg of another call
 * that ours was bridged to changes our record, too, and counts there.
 */
function digest(call: CallRecord): string {
  const text = JSON.stringify(call)
  let low = 0x811c9dc5
  let high = 0x84222325
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    low = imul(low ^ code, 0x01000193)
    high = imul(high ^ code, 0x01000197)
  }
  return [low, high].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('')
}
