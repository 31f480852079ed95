/** One contact of an address of record on one switch, as a row of the view holds it. */
export interface ContactRecord {
  readonly switch: string
  /** user@domain, domain in lower case. */
  readonly aor: string
  readonly contactId: string
  readonly state: ContactState
  readonly contact: string | null
  readonly userAgent: string | null
  readonly source: string | null
  readonly transport: string | null
  /** ms since 1970: when this stretch of registration began; null when only its end was heard of. */
  readonly registeredAt: number | null
  /** ms since 1970. */
  readonly expiresAt: number
  /** µs since 1970: time of the newest event about it. */
  readonly changedAtUs: number
  /** Sequence of that event within its process; -1 when it has none. */
  readonly changedSeq: number
  readonly core: string
}

/** What has ended is kept for a while, so that a late and older event cannot bring it back. */
export type ContactState = 'registered' | 'removed' | 'expired'

/** What one event says of one contact. */
export interface ContactNews {
  readonly state: ContactState
  readonly switch: string
  readonly aor: string
  readonly contactId: string
  readonly contact: string | undefined
  readonly userAgent: string | undefined
  readonly source: string | undefined
  readonly transport: string | undefined
  /** µs; undefined for an end. */
  readonly expiresAtUs: number | undefined
  readonly timeUs: number
  readonly seq: number
  readonly core: string
}
