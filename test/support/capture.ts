/** Reads captured Event Socket traffic and the truth that stands beside it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { translate, type SwitchEvent } from '@trunkline/esl'
import type { Fact } from '@trunkline/domain'

export const CAPTURES = join(dirname(fileURLToPath(import.meta.url)), '../captures/freeswitch')

export function scenarios(): string[] {
  return readdirSync(CAPTURES).sort()
}

/** Connections of a scenario, in order: the bytes that the switch sent on each. */
export function connections(scenario: string): Buffer[] {
  const files = ['events.json.raw.gz', 'events.json.2.raw.gz', 'events.json.3.raw.gz']
  return files
    .map((file) => join(CAPTURES, scenario, file))
    .filter(existsSync)
    .map((file) => gunzipSync(readFileSync(file)))
}

export function* events(raw: Buffer): Generator<SwitchEvent> {
  for (let at = 0; at < raw.length;) {
    const head = raw.indexOf('\n\n', at)
    if (head < 0) return
    const header = raw.toString('latin1', at, head)
    const length = Number(/Content-Length: (\d+)/.exec(header)?.[1] ?? 0)
    at = head + 2 + length
    if (header.includes('text/event-json')) yield JSON.parse(raw.toString('utf8', head + 2, at)) as SwitchEvent
  }
}

export function factsOf(scenario: string): Fact[] {
  return connections(scenario).flatMap((raw) => [...events(raw)].flatMap((event) => translate(event, 'pbx1') ?? []))
}

export interface TruthLeg {
  readonly ua: string
  readonly truth_role: string
  readonly sip_call_id: string
  readonly answered: boolean
  readonly ended: string | null
  readonly ring_s: number | null
  readonly talk_s: number | null
  readonly final_status: number | null
}

export interface TruthCall {
  readonly id: string
  readonly from_number: string | null
  readonly to_number: string
  readonly did?: string
  readonly answered: boolean
  readonly answered_by?: string | null
  readonly hangup_by?: string
  readonly expected_causes: readonly string[]
  readonly sip_legs: readonly TruthLeg[]
  readonly [more: string]: unknown
}

export interface Truth {
  readonly tolerance_s: number
  readonly calls: readonly TruthCall[]
  readonly recordings: readonly { readonly file: string; readonly ffprobe: { readonly duration_s: number } }[]
  readonly facts: Readonly<Record<string, unknown>>
}

export function truthOf(scenario: string): Truth {
  return JSON.parse(readFileSync(join(CAPTURES, scenario, 'truth.json'), 'utf8')) as Truth
}
