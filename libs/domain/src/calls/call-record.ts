/** The record of one call, as an analyst reads it. All times are ms since 1970-01-01 UTC; durations are ms. */

export type CallState = 'started' | 'ringing' | 'answered' | 'held' | 'unknown' | 'ended'
export type Direction = 'internal' | 'inbound' | 'outbound'
export type Lifecycle = 'live' | 'final' | 'amended'
export type Disposition =
  'answered' | 'no_answer' | 'busy' | 'rejected' | 'cancelled' | 'failed' | 'abandoned' | 'voicemail' | 'unknown'
/** `system`: the switch itself (time-out, dialplan, media lost) or a command; `unknown` when evidence lacks. */
export type HungUpBy =
  'caller' | 'callee' | 'transfer_target' | 'agent' | 'consumer' | 'retriever' | 'interceptor' | 'system' | 'unknown'
export type AnswererKind =
  'user' | 'external' | 'agent' | 'queue' | 'fifo' | 'conference' | 'voicemail' | 'ivr' | 'application'
export type LegRole =
  | 'caller'
  | 'callee'
  | 'fork'
  | 'transfer_target'
  | 'agent'
  | 'consultation'
  | 'retriever'
  | 'parked'
  | 'interceptor'
  | 'eavesdropper'
  | 'peer'
  | 'loopback'
export type Relation =
  'consultation' | 'attended_transfer' | 'park_retrieval' | 'pickup' | 'eavesdrop' | 'queue' | 'bridged' | 'same_dialog'

export interface Party {
  /** As dialled or shown; null when withheld. */
  readonly number: string | null
  readonly name: string | null
  /** user@domain when the party is one of our users. */
  readonly user: string | null
}

export interface RelatedCall {
  readonly callId: string
  readonly relation: Relation
}

export interface Answerer {
  readonly kind: AnswererKind
  readonly number: string | null
  readonly name: string | null
  readonly user: string | null
  readonly legId: string | null
}

export interface Transfer {
  readonly type: 'blind' | 'attended' | 'api'
  readonly at: number
  /** Number of who transferred, null when a command did. */
  readonly by: string | null
  readonly transferee: string | null
  readonly target: string | null
}

export interface Hold {
  /** Number of who held. */
  readonly by: string | null
  readonly legId: string
  readonly from: number
  readonly to: number | null
}

export interface QueueVisit {
  readonly name: string
  readonly kind: 'callcenter' | 'fifo'
  readonly joinedAt: number
  readonly leftAt: number | null
  /** When an agent was bridged. */
  readonly answeredAt: number | null
  readonly waitMs: number | null
  readonly agent: string | null
  readonly outcome: 'waiting' | 'answered' | 'abandoned' | 'timeout' | 'failed'
  /** Role of this call in the queue: who waits, or who serves. */
  readonly role: 'caller' | 'consumer'
}

export interface ConferenceVisit {
  readonly name: string
  readonly memberId: string | null
  readonly joinedAt: number
  readonly leftAt: number | null
  readonly kicked: boolean
}

export interface Parking {
  readonly lot: string
  readonly slot: string
  readonly by: string | null
  readonly parkedAt: number
  readonly retrievedAt: number | null
  readonly retrievedBy: string | null
}

export interface Voicemail {
  readonly box: string
  readonly leftMessage: boolean
}

export interface Recording {
  readonly id: string
  readonly callId: string | null
  readonly legId: string | null
  readonly conference: string | null
  readonly path: string
  readonly state: 'recording' | 'completed' | 'damaged'
  readonly startedAt: number
  readonly stoppedAt: number | null
  /** Claimed by the switch; null when it did not say. */
  readonly durationMs: number | null
  readonly reason: string | null
}

export interface Quality {
  readonly mos: number | null
  readonly jitterMs: number | null
  readonly lossPercent: number | null
  readonly packetsReceived: number | null
}

export interface LegRecord {
  /** Unique-ID of the channel (FreeSWITCH), or Call-ID of the dialog (Kamailio). */
  readonly id: string
  readonly role: LegRole
  readonly direction: 'inbound' | 'outbound'
  readonly number: string | null
  readonly name: string | null
  readonly user: string | null
  readonly sipCallId: string | null
  readonly gateway: string | null
  readonly networkAddress: string | null
  readonly userAgent: string | null
  readonly startedAt: number
  readonly ringingAt: number | null
  readonly answeredAt: number | null
  readonly endedAt: number | null
  readonly talkMs: number
  readonly cause: string | null
  readonly sipStatus: number | null
  readonly hungUpBy: 'peer' | 'switch' | null
  readonly codec: string | null
  readonly quality: Quality | null
  readonly how: 'observed' | 'inferred'
}

/** How the end is known: seen, or concluded within bounds. */
export interface Knowledge {
  readonly how: 'observed' | 'inferred'
  readonly notBefore: number | null
  readonly notAfter: number | null
  readonly reason: string | null
}

export interface TimelineEntry {
  readonly at: number
  readonly what: string
  readonly legId: string | null
  readonly detail: string | null
}

export interface CallRecord {
  readonly id: string
  readonly conversationId: string
  /** `hop`: a proxy's dialog that a switch's call tells of already; lists and statistics leave it out. */
  readonly kind: 'call' | 'hop'
  readonly related: readonly RelatedCall[]
  readonly switch: string
  /** SIP domain; '' when none is known. */
  readonly tenant: string
  readonly direction: Direction
  readonly from: Party
  readonly to: Party
  readonly state: CallState
  readonly lifecycle: Lifecycle
  readonly disposition: Disposition | null
  readonly startedAt: number
  readonly ringingAt: number | null
  readonly answeredAt: number | null
  readonly endedAt: number | null
  readonly ringMs: number | null
  readonly talkMs: number | null
  readonly holdMs: number
  /** Post-dial delay: start to first ringing or early media. */
  readonly pddMs: number | null
  readonly cause: string | null
  readonly sipStatus: number | null
  readonly hungUpBy: HungUpBy | null
  readonly answeredBy: Answerer | null
  /** Gateway name or 'ip' of the trunk, null for internal calls. */
  readonly trunk: string | null
  /** The number that an outside caller dialled; null for other calls. */
  readonly did: string | null
  /** Where the dialplan sent the caller in the end, when that is not the dialled number. */
  readonly routedTo: string | null
  /** The last visit to a queue. */
  readonly queue: QueueVisit | null
  readonly queueVisits: readonly QueueVisit[]
  /** The last visit to a conference. */
  readonly conference: ConferenceVisit | null
  readonly conferenceVisits: readonly ConferenceVisit[]
  readonly parking: Parking | null
  readonly voicemail: Voicemail | null
  readonly transfers: readonly Transfer[]
  readonly holds: readonly Hold[]
  readonly recordings: readonly Recording[]
  readonly quality: Quality | null
  readonly known: Knowledge
  readonly legs: readonly LegRecord[]
  readonly timeline: readonly TimelineEntry[]
  /** Number of distinct pieces of evidence behind the record; grows with every change. */
  readonly revision: number
}
