import type { CallEventData, CallRecord } from '@trunkline/domain'
import type { PresenceNode } from '../nodes/other.nodes.js'
import { callOf, presenceOf } from './live-scope.js'
import type { LiveKind } from './live-request.js'
import type { LiveRecord } from './record-ring.js'

/** The newest record of each call or user, in the order in which they last changed. */
export class LatestRecords {
  private readonly latest = new Map<string, LiveRecord>()

  constructor(private readonly kind: LiveKind) {}

  get size(): number {
    return this.latest.size
  }

  add(record: LiveRecord): void {
    const key = this.kind === 'presence' ? presenceOf(record).user : callOf(record).id
    this.latest.delete(key)
    this.latest.set(key, record)
  }

  values(): LiveRecord[] {
    return [...this.latest.values()]
  }
}

/** Root value of one event. */
export function eventMessage(record: LiveRecord, cursor: string) {
  const { at, call } = record.data as CallEventData
  return { cursor, kind: 'change', event: { id: record.id, type: record.type, at, call } }
}

/** Root value of changes of state: each call or user once. */
export function changeMessage(kind: 'liveCalls' | 'presence', records: readonly LiveRecord[], cursor: string) {
  if (kind === 'presence') return { cursor, kind: 'change', users: records.map(presenceOf) satisfies PresenceNode[] }
  const calls: CallRecord[] = []
  const ended: CallRecord[] = []
  for (const record of records) {
    const call = callOf(record)
    if (call.state === 'ended' || call.kind === 'hop') ended.push(call)
    else calls.push(call)
  }
  return { cursor, kind: 'change', calls, ended }
}
