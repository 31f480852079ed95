/** Captures made from captures: many scenarios on one switch at once, quicker than in life, for the simulated switches. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { translate, type SwitchEvent } from '@trunkline/esl'
import { connections } from '../support/capture.js'

/** Calls of every kind, so that every table gets rows; users of one switch are users of the others too. */
const SCENARIOS: Readonly<Record<string, readonly string[]>> = {
  pbx1: [
    ...['o-attended-transfer', 'l-ring-group-simultaneous', 'y-fifo', 'jj-single-leg', 'z-sip-message'],
    ...['h-outbound-gateway', 's2-conference-autorecord'],
  ],
  pbx2: [
    ...['v-park-retrieve', 'x3-queue-reject-then-answer', 'kk-supervisor', 'w-recorded-call', 's-conference'],
    'u-voicemail',
  ],
  pbx3: [
    ...['n-blind-transfer-by-callee', 'q-click-to-call', 'r-hold-unhold', 'i-gateway-503-failover'],
    ...['aa-registrations', 'gg-hostile-content'],
  ],
}

export const SWITCHES = Object.keys(SCENARIOS)

/** Where the time line of what is made begins, ms; the simulated switch moves it to now. */
const BASE_MS = 1_795_232_000_000
/** Part of the whole time that one scenario takes at most: they begin one after the other. */
const LONGEST = 0.7
const NEAR_S = 600
/** Whole numbers of 10, 13 or 16 digits: s, ms or µs since 1970. */
const EPOCH = /(?<![0-9A-Za-z+.@-])(?:\d{16}|\d{13}|\d{10})(?![0-9A-Za-z.@-])/g
const CALL_ID = /("(?:variable_sip_call_id|call-id|variable__sofia_replaces_)":")([^"\\;]+)/g
const TIMESTAMP = /"Event-Date-Timestamp":"(\d{16})"/

interface TimedBody {
  readonly atMs: number
  readonly body: Buffer
}

export interface TrafficOptions {
  /** How long it lasts, about; 7 by default, s. */
  readonly seconds?: number
  /** Text that events of the first switch carry on top, when they become facts, bytes. */
  readonly fat?: number
}

/** Writes one capture for each switch, named after it; returns the folder again. */
export function makeTraffic(folder: string, { seconds = 7, fat = 0 }: TrafficOptions = {}): string {
  for (const [name, scenarios] of Object.entries(SCENARIOS)) {
    const events = scenarios.flatMap((scenario, index) => {
      const place = {
        fromMs: BASE_MS + (index / scenarios.length) * (1 - LONGEST) * seconds * 1000,
        seconds,
        name,
        fat: name === SWITCHES[0] ? fat : 0,
      }
      return moved(scenario, place)
    })
    writeCapture(
      join(folder, name),
      events.sort((a, b) => a.atMs - b.atMs),
    )
  }
  return folder
}

interface Place {
  readonly fromMs: number
  readonly seconds: number
  readonly name: string
  readonly fat: number
}

/** The events of a scenario with all times in it moved and shortened, and Call-IDs that only this switch has. */
function moved(scenario: string, place: Place): TimedBody[] {
  const bodies = connections(scenario).flatMap((raw) => [...bodiesOf(raw)])
  const first = timeOf(bodies[0]!)
  const lastsMs = timeOf(bodies.at(-1)!) - first
  const factor = Math.max(4, lastsMs / (LONGEST * place.seconds * 1000))
  const move = (ms: number) => place.fromMs + (ms - first) / factor
  let latest = 0
  return bodies.map((body) => {
    const text = body.replace(EPOCH, (digits) => movedEpoch(digits, { first, move }))
    const own = text.replace(CALL_ID, (_whole, key: string, id: string) => `${key}${place.name}-${id}`)
    // in the order of arrival, which is not always that of the time stamps
    latest = Math.max(latest, move(timeOf(body)))
    return { atMs: latest, body: Buffer.from(fattened(own, place), 'latin1') }
  })
}

function fattened(body: string, { fat, name }: Place): string {
  if (fat === 0 || translate(JSON.parse(body) as SwitchEvent, name) === undefined) return body
  return `{"variable_filler":"${'z'.repeat(fat)}",${body.slice(1)}`
}

function movedEpoch(digits: string, { first, move }: { first: number; move: (ms: number) => number }): string {
  const unit = { 16: 1000, 13: 1, 10: 0.001 }[digits.length]!
  const ms = Number(digits) / unit
  if (Math.abs(ms - first) > NEAR_S * 1000) return digits
  return String(Math.floor(move(ms) * unit))
}

/** The JSON of each event, one character a byte. */
function* bodiesOf(raw: Buffer): Generator<string> {
  for (let at = 0; at < raw.length;) {
    const head = raw.indexOf('\n\n', at)
    if (head < 0) return
    const header = raw.toString('latin1', at, head)
    const end = head + 2 + Number(/Content-Length: (\d+)/.exec(header)?.[1] ?? 0)
    if (header.includes('text/event-json')) yield raw.toString('latin1', head + 2, end)
    at = end
  }
}

function timeOf(body: string): number {
  return Number(TIMESTAMP.exec(body)?.[1] ?? 0) / 1000
}

function writeCapture(folder: string, events: readonly TimedBody[]): void {
  const lines: string[] = [JSON.stringify({ open: true, t: events[0]!.atMs })]
  const frames: Buffer[] = []
  let offset = 0
  for (const { atMs, body } of events) {
    const frame = Buffer.concat([
      Buffer.from(`Content-Length: ${body.length}\nContent-Type: text/event-json\n\n`, 'latin1'),
      body,
    ])
    frames.push(frame)
    lines.push(JSON.stringify({ o: offset, l: frame.length, t: atMs }))
    offset += frame.length
  }
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'events.json.raw.gz'), gzipSync(Buffer.concat(frames)))
  writeFileSync(join(folder, 'events.json.idx.jsonl.gz'), gzipSync(lines.join('\n')))
}
