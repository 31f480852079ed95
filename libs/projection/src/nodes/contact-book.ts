/** The addresses of record that one batch touches, read at once and written at once. */
import { AddressContacts, tenantOf, type ContactNews, type OnlineState } from '@trunkline/domain'
import type { Row } from '@trunkline/ports'
import type { ProjectionContext } from '../projection.js'
import { contactsTable, presenceTable } from '../tables/node-tables.js'
import { chunks, marks } from './chunks.js'
import { contactOf, contactRow, type ContactRow } from './contact-rows.js'
import { keyText } from './key-text.js'

interface PresenceRow {
  readonly user: string
  readonly online: number
  readonly contacts: number
  readonly changed_at: number
}

export interface PresenceChange {
  readonly user: string
  readonly now: OnlineState
}

/** News whose ids fit the key columns. */
export function bounded(news: ContactNews): ContactNews {
  return { ...news, aor: keyText(news.aor), contactId: keyText(news.contactId) }
}

export class ContactBook {
  readonly #addresses = new Map<string, AddressContacts>()
  readonly #before = new Map<string, OnlineState | undefined>()

  /** Reads these addresses, and those that have a registered contact on one of the switches. */
  static async load(
    context: ProjectionContext,
    wanted: { readonly aors: Iterable<string>; readonly switches: Iterable<string> },
  ): Promise<ContactBook> {
    const contacts = context.table(contactsTable).name
    const aors = new Set(wanted.aors)
    for (const name of wanted.switches) {
      const sql = `SELECT DISTINCT aor FROM ${contacts} WHERE switch = ? AND state = 'registered'`
      for (const { aor } of await context.tx.all<{ aor: string }>(sql, [name])) aors.add(aor)
    }
    const rows = new Map<string, ContactRow[]>()
    const states = new Map<string, OnlineState>()
    for (const some of chunks([...aors])) {
      const sql = `SELECT * FROM ${contacts} WHERE aor IN (${marks(some)})`
      for (const row of await context.tx.all<ContactRow>(sql, some)) {
        const own = rows.get(row.aor)
        if (own === undefined) rows.set(row.aor, [row])
        else own.push(row)
      }
      const stored = `SELECT * FROM ${context.table(presenceTable).name} WHERE user IN (${marks(some)})`
      for (const row of await context.tx.all<PresenceRow>(stored, some)) states.set(row.user, onlineState(row))
    }
    const book = new ContactBook()
    for (const aor of aors) {
      const state = states.get(aor)
      book.#before.set(aor, state)
      book.#addresses.set(aor, new AddressContacts((rows.get(aor) ?? []).map(contactOf), state))
    }
    return book
  }

  address(aor: string): AddressContacts {
    return this.#addresses.get(aor)!
  }

  entries(): IterableIterator<[string, AddressContacts]> {
    return this.#addresses.entries()
  }

  /** Writes what changed; gives the users who came, went, or have another number of contacts. */
  async write(context: ProjectionContext): Promise<PresenceChange[]> {
    const contacts: Row[] = []
    const presence: Row[] = []
    const changes: PresenceChange[] = []
    for (const [user, address] of this.#addresses) {
      for (const contact of address.changed()) contacts.push(contactRow(contact))
      const now = address.state
      const before = this.#before.get(user)
      if (now === undefined || now === before) continue
      const { online, contacts: count, changedAt } = now
      presence.push({ user, tenant: tenantOf(user), online: online ? 1 : 0, contacts: count, changed_at: changedAt })
      if (count !== (before?.contacts ?? 0)) changes.push({ user, now })
    }
    if (contacts.length > 0) await context.tx.upsert(context.table(contactsTable), contacts)
    if (presence.length > 0) await context.tx.upsert(context.table(presenceTable), presence)
    return changes
  }
}

function onlineState(row: PresenceRow): OnlineState {
  return { online: row.online === 1, contacts: row.contacts, changedAt: row.changed_at }
}
