import { randomUUID } from 'node:crypto'
import { headerText, parseHeaders, type EventHeaders } from '../event-summary.js'
import type { Identity } from '../rebase.js'
import type { Scenario } from '../scenario.js'
import { stretch, type Knot } from './stretch.js'

/** What differs between two calls that are made from one capture. */
interface CallValues {
  readonly identity: Identity
  readonly uuids: readonly string[]
  readonly numbers: readonly string[]
  readonly suffix: string
  /** A moment of the capture, moved to this call, µs. */
  moved(us: number): number
}

type Part = string | ((call: CallValues) => string)

/** What an event means to the call as a whole. */
export type CallMoment = 'started' | 'answered' | 'ended'

interface TemplateEvent {
  readonly atUs: number
  readonly moment: CallMoment | undefined
  readonly parts: readonly Part[]
}

export interface MadeEvent {
  /** After the call's begin, ms. */
  readonly afterMs: number
  readonly moment: CallMoment | undefined
  /** Made when it is sent, since the running number is the switch's. */
  body(): Buffer
}

export interface MadeCall {
  /** UUID of its first channel, which is the id of its record. */
  readonly id: string
  /** From its answer to its end by the switch's clock, ms; undefined when it is not answered. */
  readonly talkMs: number | undefined
  readonly events: readonly MadeEvent[]
}

const TOKEN = new RegExp(
  [
    /"Event-Sequence":"\d+"/,
    /"(?:variable_)?FreeSWITCH-(?:Hostname|Switchname)":"[^"]*/,
    /"(?:variable_sip_call_id|call-id)":"[^"\\;]+/,
    /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/,
    /(?<![0-9A-Za-z+.@-])(?:\d{16}|\d{13}|\d{10})(?![0-9A-Za-z.@-])/,
    /\b\d{4}-\d\d-\d\d[ T-]\d\d:\d\d:\d\d/,
    /[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT/,
    // the users of all captures: 1001 to 1016
    /(?<![0-9A-Za-z])10(?:0[1-9]|1[0-6])(?![0-9A-Za-z])/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'g',
)
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-/
const DAY_US = 86_400_000_000

/**
 * One captured call taken apart once, so that thousands can be made of it: what is the same stays as bytes, what differs
 * (UUIDs, Call-IDs, users, times, running number, switch) has a slot.
 */
export class CallTemplate {
  readonly #events: readonly TemplateEvent[] = []
  readonly #uuids = new Map<string, number>()
  readonly #numbers = new Map<string, number>()
  readonly #coreUuids: ReadonlySet<string>
  readonly #knots: readonly Knot[]
  readonly #answeredUs: number | undefined
  readonly #endedUs: number
  readonly #first: string

  /** Throws when the capture holds no call that begins and ends, or more than one connection. */
  constructor(scenario: Scenario) {
    const [part, ...more] = scenario.parts
    if (part === undefined || more.length > 0) throw new RangeError(`${scenario.name} is not one connection`)
    this.#coreUuids = scenario.coreUuids
    const spoken = part.events
      .map(({ body }) => ({ text: body.toString('latin1'), headers: parseHeaders(body) }))
      // what is not about a channel does not belong to the call
      .filter(({ headers }) => headerText(headers, 'Unique-ID') !== '')
    const times = spoken.map(({ headers }) => Number(headerText(headers, 'Event-Date-Timestamp')))
    const named = (name: string) =>
      spoken.flatMap(({ headers }, index) => (headerText(headers, 'Event-Name') === name ? [index] : []))
    const begin = named('CHANNEL_CREATE')[0]
    const answer = named('CHANNEL_ANSWER')[0]
    const end = named('CHANNEL_HANGUP').at(-1)
    if (begin === undefined || end === undefined) throw new RangeError(`${scenario.name} holds no whole call`)
    const moments = new Map<number | undefined, CallMoment>([
      [begin, 'started'],
      [answer, 'answered'],
      [end, 'ended'],
    ])
    this.#first = headerText(spoken[begin]!.headers as EventHeaders, 'Unique-ID')
    this.#answeredUs = answer === undefined ? undefined : times[answer]!
    this.#endedUs = times[named('CHANNEL_HANGUP')[0]!]!
    this.#knots = [times[0]!, ...(this.#answeredUs === undefined ? [] : [this.#answeredUs]), this.#endedUs]
    const near = { from: times[0]! - DAY_US, to: times.at(-1)! + DAY_US }
    this.#events = spoken.map(({ text }, index) => ({
      atUs: times[index]!,
      moment: moments.get(index),
      parts: this.#taken(text, near),
    }))
  }

  /** A call of `lastsMs` from its first event to its hangup, which begins at `beginMs` of the wall clock. */
  make(beginMs: number, how: { lastsMs: number; identity: Identity; users: () => string }): MadeCall {
    const beginUs = Math.round(beginMs * 1000)
    const moved = stretch(this.#knots, { beginUs, lastsUs: how.lastsMs * 1000 })
    const uuids = Array.from(this.#uuids, () => randomUUID() as string)
    const id = uuids[this.#uuids.get(this.#first)!]!
    const numbers = Array.from(this.#numbers, how.users)
    const values: CallValues = { identity: how.identity, uuids, numbers, suffix: `-${id.slice(0, 8)}`, moved }
    return {
      id,
      talkMs: this.#answeredUs === undefined ? undefined : (moved(this.#endedUs) - moved(this.#answeredUs)) / 1000,
      events: this.#events.map(({ atUs, moment, parts }) => ({
        afterMs: (moved(atUs) - beginUs) / 1000,
        moment,
        body: () =>
          Buffer.from(parts.map((part) => (typeof part === 'string' ? part : part(values))).join(''), 'latin1'),
      })),
    }
  }

  #taken(text: string, near: { readonly from: number; readonly to: number }): Part[] {
    const parts: Part[] = []
    let from = 0
    for (const match of text.matchAll(TOKEN)) {
      const part = this.#slot(match[0], near)
      if (part === undefined) continue
      parts.push(text.slice(from, match.index), part)
      from = match.index + match[0].length
    }
    return [...parts, text.slice(from)]
  }

  /** What stands for a token in each call; undefined when it stays as it was. */
  #slot(token: string, near: { readonly from: number; readonly to: number }): Part | undefined {
    if (token.startsWith('"')) return this.#header(token)
    if (UUID.test(token)) return this.#uuid(token)
    if (/^\d{4}$/.test(token)) {
      const index = place(this.#numbers, token)
      return (call) => call.numbers[index]!
    }
    const us = momentOf(token)
    if (!(us >= near.from && us <= near.to)) return undefined
    return (call) => written(token, call.moved(us))
  }

  #header(token: string): Part | undefined {
    if (token.startsWith('"Event-Sequence')) return (call) => `"Event-Sequence":"${call.identity.nextSequence()}"`
    const [, key = '', value = ''] = /^("[^"]+":")(.*)$/s.exec(token) ?? []
    if (key.includes('FreeSWITCH')) return (call) => key + (call.identity.name ?? value)
    if (!UUID.test(value)) return (call) => token + call.suffix
    const uuid = this.#uuid(value)
    return (call) => key + (typeof uuid === 'string' ? uuid : uuid(call))
  }

  #uuid(uuid: string): Part {
    if (this.#coreUuids.has(uuid)) return (call) => call.identity.coreUuid
    const index = place(this.#uuids, uuid)
    return (call) => call.uuids[index]!
  }
}

function place(places: Map<string, number>, text: string): number {
  const known = places.get(text) ?? places.size
  places.set(text, known)
  return known
}

const isNumber = (token: string) => /^\d+$/.test(token)

function momentOf(token: string): number {
  if (isNumber(token)) return Number(token) * 10 ** (16 - token.length)
  return Date.parse(token.endsWith('GMT') ? token : `${token.slice(0, 10)}T${token.slice(11)}Z`) * 1000
}

/** The moment as the token was written. */
function written(token: string, us: number): string {
  if (isNumber(token)) return String(Math.floor(us / 10 ** (16 - token.length)))
  const date = new Date(us / 1000)
  return token.endsWith('GMT') ? date.toUTCString() : date.toISOString().slice(0, 19).replace('T', token[10]!)
}
