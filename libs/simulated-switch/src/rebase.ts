import { randomUUID } from 'node:crypto'
import type { Scenario } from './scenario.js'

/** What stands for the running switch in events that are rewritten. */
export interface Identity {
  readonly coreUuid: string
  /** Host and switch name; undefined keeps the captured ones. */
  readonly name: string | undefined
  nextSequence(): number
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi
/** Whole numbers of 10, 13 or 16 digits: s, ms or µs since 1970, if they lie near the capture. */
const EPOCH = /(?<![0-9A-Za-z+.@-])(?:\d{16}|\d{13}|\d{10})(?![0-9A-Za-z.@-])/g
const STAMP = /\b(\d{4}-\d\d-\d\d)([ T-])(\d\d:\d\d:\d\d)/g
const HTTP_DATE = /[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT/g
const CALL_ID = /("(?:variable_sip_call_id|call-id|variable__sofia_replaces_)":")([^"\\;]+)/g
/** Some events hold the header twice. */
const SEQUENCE = /"Event-Sequence":"\d+"/g
const HOST = /("(?:variable_)?FreeSWITCH-(?:Hostname|Switchname)":")[^"]*/g
const DAY_S = 86_400

/** Gives a running number and the switch's own Core-UUID to an event that stays as captured otherwise. */
export function renumber(body: Buffer, identity: Identity, captured: string): Buffer {
  const text = body
    .toString('latin1')
    .replaceAll(captured, identity.coreUuid)
    .replace(SEQUENCE, `"Event-Sequence":"${identity.nextSequence()}"`)
  return Buffer.from(text, 'latin1')
}

/**
 * Makes one playing of a scenario new: fresh UUIDs (the same one wherever it stands), times of now, own sequence
 * numbers and SIP Call-IDs. Works on the bytes, so broken UTF-8 stays as broken as it was.
 */
export class Rebase {
  readonly #coreUuids: ReadonlySet<string>
  readonly #shiftSeconds: number
  readonly #fromSeconds: number
  readonly #toSeconds: number
  readonly #suffix: string
  readonly #uuids = new Map<string, string>()

  /** `shiftMs` is rounded down to whole seconds so that times in s and µs still agree. */
  constructor(scenario: Scenario, shiftMs: number, suffix: string) {
    this.#coreUuids = scenario.coreUuids
    this.#shiftSeconds = Math.floor(shiftMs / 1000)
    this.#fromSeconds = Math.floor((scenario.parts[0]?.openedAtMs ?? 0) / 1000) - DAY_S
    this.#toSeconds = Math.ceil((scenario.parts.at(-1)?.endedAtMs ?? 0) / 1000) + DAY_S
    this.#suffix = suffix
  }

  apply(body: Buffer, identity: Identity): Buffer {
    const text = this.text(body.toString('latin1'), identity).replace(
      SEQUENCE,
      `"Event-Sequence":"${identity.nextSequence()}"`,
    )
    return Buffer.from(text, 'latin1')
  }

  /** The same for any text that speaks of this playing, such as a row of `show channels`. */
  text(captured: string, identity: Identity): string {
    const moved = captured
      .replace(CALL_ID, (whole: string, key: string, id: string) =>
        id.search(UUID) >= 0 ? whole : `${key}${id}${this.#suffix}`,
      )
      .replace(UUID, (uuid) => this.#fresh(uuid, identity))
      .replace(EPOCH, (digits) => this.#moveEpoch(digits))
      .replace(STAMP, (stamp, date: string, between: string, time: string) => {
        const moved = this.#moveDate(`${date}T${time}Z`, stamp)
        return typeof moved === 'string' ? moved : moved.toISOString().slice(0, 19).replace('T', between)
      })
      .replace(HTTP_DATE, (stamp) => {
        const moved = this.#moveDate(stamp, stamp)
        return typeof moved === 'string' ? moved : moved.toUTCString()
      })
    const { name } = identity
    return name === undefined ? moved : moved.replace(HOST, (_whole, key: string) => `${key}${name}`)
  }

  #fresh(uuid: string, identity: Identity): string {
    if (this.#coreUuids.has(uuid)) return identity.coreUuid
    const key = uuid.toLowerCase()
    let fresh = this.#uuids.get(key)
    if (fresh === undefined) this.#uuids.set(key, (fresh = randomUUID()))
    return fresh
  }

  #moveEpoch(digits: string): string {
    const seconds = Number(digits.slice(0, 10))
    if (!this.#near(seconds)) return digits
    return String(seconds + this.#shiftSeconds) + digits.slice(10)
  }

  #moveDate(readable: string, unchanged: string): Date | string {
    const seconds = Date.parse(readable) / 1000
    return this.#near(seconds) ? new Date((seconds + this.#shiftSeconds) * 1000) : unchanged
  }

  #near(seconds: number): boolean {
    return seconds >= this.#fromSeconds && seconds <= this.#toSeconds
  }
}
