import { tenantOf, type ContactRecord, type ContactState } from '@trunkline/domain'
import type { Row } from '@trunkline/ports'

export interface ContactRow {
  readonly switch: string
  readonly aor: string
  readonly contact_id: string
  readonly contact: string | null
  readonly user_agent: string | null
  readonly source: string | null
  readonly transport: string | null
  readonly state: ContactState
  readonly registered_at: number | null
  readonly changed_at_us: number
  readonly changed_seq: number
  readonly expires_at: number
  readonly core: string
}

export function contactRow(contact: ContactRecord): Row {
  return {
    switch: contact.switch,
    aor: contact.aor,
    contact_id: contact.contactId,
    tenant: tenantOf(contact.aor),
    contact: contact.contact,
    user_agent: contact.userAgent,
    source: contact.source,
    transport: contact.transport,
    state: contact.state,
    registered_at: contact.registeredAt,
    changed_at_us: contact.changedAtUs,
    changed_seq: contact.changedSeq,
    expires_at: contact.expiresAt,
    core: contact.core,
  }
}

export function contactOf(row: ContactRow): ContactRecord {
  return {
    switch: row.switch,
    aor: row.aor,
    contactId: row.contact_id,
    state: row.state,
    contact: row.contact,
    userAgent: row.user_agent,
    source: row.source,
    transport: row.transport,
    registeredAt: row.registered_at,
    expiresAt: row.expires_at,
    changedAtUs: row.changed_at_us,
    changedSeq: row.changed_seq,
    core: row.core,
  }
}
