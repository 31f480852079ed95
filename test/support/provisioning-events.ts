/** Events of many SIP users, numbers and routes, the same for the same seed, and as commands would have them appended. */
import { createHash } from 'node:crypto'
import type { EventStore, NewEvent } from '@trunkline/ports'
import { mulberry } from './random.js'

export interface Append {
  readonly stream: string
  readonly expected: number | 'none'
  readonly event: NewEvent
}

const TENANT = 'a.example'
const START_US = 1_760_000_000_000_000
const NOBODY = { displayName: null, email: null, phone: null }

/** A UUID that a text stands for. */
const uuid = (text: string) =>
  createHash('sha256')
    .update(text)
    .digest('hex')
    .replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5')

/** `count` appends of one event each: users are created, changed and removed, numbers lead to them, reservations lie between. */
export function provisioningAppends(count: number, seed = 1): Append[] {
  const random = mulberry(seed)
  const pick = (most: number) => Math.floor(random() * most)
  const users: { id: string; username: string; revision: number; gone: boolean }[] = []
  const appends: Append[] = []
  const append = (stream: string, expected: number | 'none', { type, data }: { type: string; data: object }) => {
    const time = START_US + appends.length * 1000
    const meta = { actor: `admin${pick(3)}`, tenant: TENANT, commandId: uuid(`c${seed}/${appends.length}`) }
    const event = {
      id: uuid(`e${seed}/${appends.length}`),
      type,
      version: 1,
      time,
      data: { tenant: TENANT, ...data },
      meta,
    }
    appends.push({ stream, expected, event })
  }
  while (appends.length < count) {
    const user = users[pick(users.length)]
    const claimId = uuid(`claim${appends.length}`)
    const choice = pick(10)
    if (user === undefined || user.gone || choice < 3) {
      const made = { id: uuid(`u${seed}/${users.length}`), username: `user${users.length}`, revision: 0, gone: false }
      users.push(made)
      const limits = { concurrentCalls: null, callsPerMinute: null }
      const data = {
        id: made.id,
        username: made.username,
        person: NOBODY,
        credential: null,
        limits,
        aliases: [],
        claimId,
      }
      const claimed = { kind: 'name', value: made.username, owner: `sip_user-${made.id}`, claimId }
      append(`reservation-${TENANT}/name/${made.username}`, 'none', { type: 'reservation.claimed', data: claimed })
      append(`sip_user-${made.id}`, 'none', { type: 'sip_user.created', data })
      continue
    }
    const { id, username } = user
    const change = (type: string, data: object = {}) =>
      append(`sip_user-${id}`, user.revision++, { type, data: { id, username, ...data } })
    if (choice < 5) change('sip_user.limits_set', { limits: { concurrentCalls: pick(9), callsPerMinute: null } })
    else if (choice < 6) change('sip_user.alias_added', { alias: `alias${appends.length}`, claimId })
    else if (choice < 7) change('sip_user.suspended', { reason: 'fraud' })
    else if (choice < 8) change('sip_user.resumed')
    else if (choice < 9) {
      const number = { id: uuid(`n${appends.length}`), number: `+49${appends.length}` }
      append(`number-${number.id}`, 'none', { type: 'number.added', data: { ...number, claimId } })
      const target = { kind: 'user', id }
      append(`number-${number.id}`, 0, { type: 'number.assigned', data: { ...number, target } })
    } else {
      change('sip_user.removed', { names: [{ name: username, claimId }], formerSecretId: null })
      user.gone = true
    }
  }
  return appends
}

/** Appends in order; those made before are made again to no effect. */
export async function appendInOrder(events: EventStore, appends: readonly Append[]): Promise<void> {
  for (let at = 0; at < appends.length; at += 200) {
    // the adapter puts concurrent appends into one transaction, in order
    await Promise.all(
      appends.slice(at, at + 200).map(({ stream, expected, event }) => events.append(stream, expected, [event])),
    )
  }
}
