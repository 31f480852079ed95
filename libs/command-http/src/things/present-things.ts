import type { Viewer } from '@trunkline/access'
import type { AnyThing, Thing } from '@trunkline/provisioning-views'
import { writeSideOf, type RestServices } from '../rest/rest-services.js'

type Shown = Readonly<Record<string, unknown>>

/** Things as `THING_SCHEMAS` has them. Opens what is sealed of all persons at once; an analyst sees no persons. */
export async function presentThings(
  things: readonly AnyThing[],
  { services, viewer }: { readonly services: RestServices; readonly viewer: Viewer },
): Promise<Shown[]> {
  const users = things.filter((thing) => thing.kind === 'sip_user')
  const sealed = users.flatMap(({ document: { person } }) => [person.displayName, person.email, person.phone])
  const opened =
    viewer.role !== 'analyst' && sealed.some((one) => one !== null)
      ? await writeSideOf(services).vault.open(sealed)
      : sealed.map(() => null)
  const persons = new Map(
    users.map(({ id }, i) => {
      const [displayName = null, email = null, phone = null] = opened.slice(3 * i, 3 * i + 3)
      return [id, { displayName, email, phone }]
    }),
  )
  return things.map((thing) => ({ ...commonOf(thing), ...documentOf(thing, persons) }))
}

function commonOf({ id, tenant, status, revision, createdAt, updatedAt }: AnyThing): Shown {
  return { id, tenant, status, revision, createdAt: isoTime(createdAt), updatedAt: isoTime(updatedAt) }
}

function documentOf(thing: AnyThing, persons: ReadonlyMap<string, Shown>): Shown {
  switch (thing.kind) {
    case 'sip_user':
      return sipUser(thing, persons.get(thing.id)!)
    case 'trunk': {
      const { name, settings, auth, active } = thing.document
      return { name, active, settings, auth: auth && { username: auth.username, realm: auth.realm } }
    }
    case 'blocked_caller': {
      const { match, value, reason, expiresAt } = thing.document
      return { match, value, reason, expiresAt: expiresAt === null ? null : isoTime(Math.floor(expiresAt / 1000)) }
    }
    case 'conference_room':
      return conferenceRoom(thing)
    case 'number':
    case 'route_set':
    case 'call_queue':
    case 'ivr_menu':
      return thing.document
  }
}

function sipUser({ document }: Thing<'sip_user'>, person: Shown): Shown {
  const { username, credential, limits, aliases, suspended } = document
  return { username, person, hasCredential: credential !== null, limits, aliases, suspended }
}

function conferenceRoom({ document: { number, settings } }: Thing<'conference_room'>): Shown {
  const { pinSecretId, moderatorPinSecretId, ...shown } = settings
  return {
    number,
    settings: { ...shown, hasPin: pinSecretId !== null, hasModeratorPin: moderatorPinSecretId !== null },
  }
}

/** ISO 8601 in UTC, of ms since 1970. */
export const isoTime = (ms: number) => new Date(ms).toISOString()
