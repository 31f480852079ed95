/** All contacts of one address of record, on every switch, and the presence they give. Facts are taken in order. */
import type { ContactNews, ContactRecord } from './contact-record.js'
import { foldContact } from './contact.fold.js'

export interface OnlineState {
  readonly online: boolean
  /** Contacts that are registered and had not run out when any of them was last heard of. */
  readonly contacts: number
  /** When the last of them began or ended, ms since 1970. */
  readonly changedAt: number
  /** The fact that brought it about; undefined when it was so before. */
  readonly by?: string
}

/** A listed expiry is told in whole seconds that are left: differences up to this are none. */
const EXPIRY_TOLERANCE_MS = 2000

export class AddressContacts {
  readonly #contacts = new Map<string, ContactRecord>()
  readonly #changed = new Set<string>()
  #state: OnlineState | undefined

  constructor(stored: readonly ContactRecord[], state: OnlineState | undefined) {
    for (const contact of stored) this.#contacts.set(keyOf(contact), contact)
    this.#state = state
  }

  get state(): OnlineState | undefined {
    return this.#state
  }

  changed(): ContactRecord[] {
    return [...this.#changed].map((key) => this.#contacts.get(key)!)
  }

  /** Contacts that stand as registered on this switch. */
  registeredOn(switchName: string): ContactRecord[] {
    return [...this.#contacts.values()].filter((one) => one.switch === switchName && one.state === 'registered')
  }

  take(news: ContactNews, factId: string): void {
    if (news.contactId === '') for (const one of this.#meant(news)) this.#fold({ ...news, contactId: one.contactId })
    else this.#fold(news)
    this.#judge(factId)
  }

  /** What a snapshot lists of this address, and the end of what it does not list. */
  reconcile(listed: readonly ContactNews[], snapshot: SnapshotMark): void {
    const keys = new Set(listed.map(keyOf))
    for (const news of listed) if (!this.#agrees(news)) this.#fold(news)
    for (const contact of this.registeredOn(snapshot.switch)) {
      if (!keys.has(keyOf(contact))) this.#fold(absence(contact, snapshot))
    }
    this.#judge(snapshot.factId)
  }

  #agrees(news: ContactNews): boolean {
    const known = this.#contacts.get(keyOf(news))
    if (known?.state !== 'registered' || news.expiresAtUs === undefined) return false
    return Math.abs(known.expiresAt - news.expiresAtUs / 1000) <= EXPIRY_TOLERANCE_MS
  }

  /** A removal that names no contact id means the contact of its URI, or all of them (`*`). */
  #meant(news: ContactNews): ContactRecord[] {
    return this.registeredOn(news.switch).filter((one) => news.contact === '*' || one.contact === news.contact)
  }

  #fold(news: ContactNews): void {
    const key = keyOf(news)
    const before = this.#contacts.get(key)
    const nameless = news.contact === '*' ? { ...news, contact: undefined } : news
    const after = foldContact(before, nameless)
    if (after === before) return
    this.#contacts.set(key, after)
    this.#changed.add(key)
  }

  /**
   * A function of the contacts alone: switches tell of one address side by side, and whose facts are taken first must
   * not matter. The time that counts is the newest known of any of them.
   */
  #judge(factId: string): void {
    const all = [...this.#contacts.values()]
    if (all.length === 0) return
    const newest = Math.max(...all.map((one) => Math.floor(one.changedAtUs / 1000)))
    const isValid = (one: ContactRecord) => one.state === 'registered' && one.expiresAt > newest
    const contacts = all.filter(isValid).length
    const changedAt = Math.max(...all.map((one) => (isValid(one) ? (one.registeredAt ?? newest) : one.expiresAt)))
    const before = this.#state
    if (before?.contacts === contacts && before.changedAt === changedAt) return
    this.#state = { online: contacts > 0, contacts, changedAt, by: factId }
  }
}

export interface SnapshotMark {
  readonly switch: string
  readonly timeUs: number
  readonly core: string
  readonly factId: string
}

function absence(contact: ContactRecord, { timeUs, core }: SnapshotMark): ContactNews {
  return {
    state: contact.expiresAt * 1000 <= timeUs ? 'expired' : 'removed',
    switch: contact.switch,
    aor: contact.aor,
    contactId: contact.contactId,
    contact: undefined,
    userAgent: undefined,
    source: undefined,
    transport: undefined,
    expiresAtUs: undefined,
    timeUs,
    seq: -1,
    core,
  }
}

function keyOf(contact: { readonly switch: string; readonly contactId: string }): string {
  return `${contact.switch}\n${contact.contactId}`
}
