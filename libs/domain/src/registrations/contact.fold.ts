import type { ContactNews, ContactRecord } from './contact-record.js'

/**
 * The newest event about a contact wins, whatever the order of arrival: by the switch's time, then by its sequence.
 * Gives back `before` itself when the news is old or known.
 */
export function foldContact(before: ContactRecord | undefined, news: ContactNews): ContactRecord {
  if (before !== undefined && !isNewer(news, before)) return before
  const at = toMs(news.timeUs)
  const registers = news.state === 'registered'
  const goesOn = before?.state === 'registered' && before.expiresAt > at
  return {
    switch: news.switch,
    aor: news.aor,
    contactId: news.contactId,
    // what was un-registered is purged later: that is no expiry
    state: registers || before === undefined || before.state === 'registered' ? news.state : before.state,
    contact: news.contact ?? before?.contact ?? null,
    // an un-REGISTER may come from elsewhere: what is shown is what registered
    userAgent: (registers ? news.userAgent : undefined) ?? before?.userAgent ?? news.userAgent ?? null,
    source: (registers ? news.source : undefined) ?? before?.source ?? news.source ?? null,
    transport: (registers ? news.transport : undefined) ?? before?.transport ?? news.transport ?? null,
    registeredAt: registers && !goesOn ? at : (before?.registeredAt ?? null),
    expiresAt: news.expiresAtUs === undefined ? Math.min(before?.expiresAt ?? at, at) : toMs(news.expiresAtUs),
    changedAtUs: news.timeUs,
    changedSeq: news.seq,
    core: news.core,
  }
}

function isNewer(news: Pick<ContactNews, 'timeUs' | 'seq'>, than: ContactRecord): boolean {
  return news.timeUs > than.changedAtUs || (news.timeUs === than.changedAtUs && news.seq > than.changedSeq)
}

function toMs(us: number): number {
  return Math.floor(us / 1000)
}
