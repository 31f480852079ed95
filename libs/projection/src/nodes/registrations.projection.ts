/** The `registrations` view: contacts as switches tell them, and who is online by them. */
import {
  contactNews,
  listedContacts,
  tenantOf,
  type ContactFact,
  type ContactNews,
  type Fact,
  type RegistrationSnapshot,
} from '@trunkline/domain'
import { STREAMS } from '@trunkline/ports'
import type { Projection, ProjectionContext } from '../projection.js'
import { userCallsTable } from '../tables/call-tables.js'
import { contactsTable, presenceTable } from '../tables/node-tables.js'
import { chunks, marks } from './chunks.js'
import { bounded, ContactBook, type PresenceChange } from './contact-book.js'

/** For so long the end of a contact is remembered, so that a late, older event cannot bring it back. */
export const TOMBSTONE_MS = 7 * 24 * 3_600_000
const HOUR_MS = 3_600_000

type Item =
  | { readonly fact: ContactFact; readonly news: ContactNews }
  | { readonly fact: RegistrationSnapshot; readonly listed: ReadonlyMap<string, readonly ContactNews[]> }

export class RegistrationsProjection implements Projection {
  readonly id = 'registrations'
  readonly version = 2
  readonly tables = [contactsTable, presenceTable]
  readonly lookups: ReadonlySet<string> = new Set(['contacts_aor', 'contacts_switch'])
  readonly handles: ReadonlySet<string> = new Set([
    'registration.added',
    'registration.refreshed',
    'registration.removed',
    'registration.expired',
    'registration.snapshot',
  ])

  async apply(batch: readonly Fact[], context: ProjectionContext): Promise<void> {
    const items = batch.flatMap((fact) => itemOf(fact) ?? [])
    const book = await ContactBook.load(context, {
      aors: items.flatMap((item) => ('news' in item ? [item.news.aor] : [...item.listed.keys()])),
      switches: new Set(items.flatMap((item) => ('listed' in item ? [item.fact.key] : []))),
    })
    for (const item of items) {
      if ('news' in item) book.address(item.news.aor).take(item.news, item.fact.id)
      else reconcile(book, item)
    }
    const changes = await book.write(context)
    await tell(changes, context)
    await prune(batch, context)
  }
}

function itemOf(fact: Fact): Item | undefined {
  switch (fact.type) {
    case 'registration.added':
    case 'registration.refreshed':
    case 'registration.removed':
    case 'registration.expired':
      return { fact, news: bounded(contactNews(fact)) }
    case 'registration.snapshot':
      return { fact, listed: Map.groupBy(listedContacts(fact).map(bounded), ({ aor }) => aor) }
    default:
      return undefined
  }
}

function reconcile(book: ContactBook, { fact, listed }: Extract<Item, { fact: RegistrationSnapshot }>): void {
  const mark = { switch: fact.key, timeUs: fact.time, core: fact.data.core, factId: fact.id }
  for (const [aor, address] of book.entries()) {
    const own = listed.get(aor)
    if (own !== undefined || address.registeredOn(fact.key).length > 0) address.reconcile(own ?? [], mark)
  }
}

async function tell(changes: readonly PresenceChange[], context: ProjectionContext): Promise<void> {
  const activities = new Map<string, { activity: string; live_calls: number }>()
  for (const some of chunks(changes.map(({ user }) => user))) {
    const sql = `SELECT user, activity, live_calls FROM ${context.table(userCallsTable).name} WHERE user IN (${marks(some)})`
    for (const row of await context.tx.all<{ user: string; activity: string; live_calls: number }>(sql, some))
      activities.set(row.user, row)
  }
  for (const { user, now } of changes) {
    const tenant = tenantOf(user)
    const calls = activities.get(user)
    context.emit({
      stream: STREAMS.presence,
      key: user,
      id: `${now.by}/${user}`,
      type: 'presence.changed',
      version: 1,
      timeUs: now.changedAt * 1000,
      data: {
        user,
        tenant,
        online: now.online,
        contacts: now.contacts,
        activity: calls?.activity ?? 'idle',
        liveCalls: calls?.live_calls ?? 0,
        changedAt: now.changedAt,
      },
    })
  }
}

/**
 * Forgets ends that are old by the switch's own time, never by ours, so that a rebuild forgets the same. Counted in
 * whole hours: most batches find nothing to forget.
 */
async function prune(batch: readonly Fact[], context: ProjectionContext): Promise<void> {
  const newest = new Map<string, number>()
  for (const { key, time } of batch) if (time > (newest.get(key) ?? 0)) newest.set(key, time)
  const table = context.table(contactsTable).name
  for (const [name, timeUs] of newest) {
    const hour = Math.floor(timeUs / 1000 / HOUR_MS) * HOUR_MS
    await context.tx.run(
      `DELETE FROM ${table} WHERE switch = ? AND state IN ('removed', 'expired') AND changed_at_us < ?`,
      [name, (hour - TOMBSTONE_MS) * 1000],
    )
  }
}
