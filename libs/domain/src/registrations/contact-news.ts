import type { RegistrationFact } from '../facts/registration.facts.js'
import type { ContactNews } from './contact-record.js'
import { normaliseAddress } from './address.js'

export type ContactFact = Extract<
  RegistrationFact,
  { type: 'registration.added' | 'registration.refreshed' | 'registration.removed' | 'registration.expired' }
>
export type RegistrationSnapshot = Extract<RegistrationFact, { type: 'registration.snapshot' }>

/** What a registration event says of its contact. */
export function contactNews(fact: ContactFact): ContactNews {
  const { data } = fact
  const common = {
    switch: fact.key,
    aor: normaliseAddress(data.aor),
    contactId: data.contactId,
    contact: data.contact,
    userAgent: data.userAgent,
    source: data.source,
    transport: data.transport,
    timeUs: fact.time,
    seq: data.seq ?? -1,
    core: data.core,
  }
  switch (fact.type) {
    case 'registration.added':
    case 'registration.refreshed':
      return { ...common, state: 'registered', expiresAtUs: fact.data.expiresAt }
    case 'registration.removed':
      return { ...common, state: 'removed', expiresAtUs: undefined }
    case 'registration.expired':
      return { ...common, state: 'expired', expiresAtUs: undefined }
  }
}

/** What a snapshot says of the contacts that it lists. */
export function listedContacts(fact: RegistrationSnapshot): ContactNews[] {
  return fact.data.contacts.map((contact) => ({
    state: 'registered',
    switch: fact.key,
    aor: normaliseAddress(contact.aor),
    contactId: contact.contactId,
    contact: contact.contact,
    userAgent: contact.userAgent,
    source: contact.source,
    transport: contact.transport,
    expiresAtUs: contact.expiresAt,
    timeUs: fact.time,
    seq: -1,
    core: fact.data.core,
  }))
}
