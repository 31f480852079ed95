import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { newRow, type ChannelRow } from './channel-row.js'
import { parseHeaders } from './event-summary.js'
import { readCapture, type Capture } from './read-capture.js'

/** What happened between two connections: the switch died and started again, or only the connection was away. */
export interface Break {
  readonly kind: 'killed' | 'gap'
  readonly lastsMs: number
  /** The process that answers afterwards. */
  readonly coreUuid: string
  /** What `show channels` says right after a gap: the channels that were open then. */
  readonly listing: readonly ChannelRow[]
}

export interface ScenarioPart extends Capture {
  readonly before: Break | undefined
}

/** One captured scenario: its connections in order. */
export interface Scenario {
  readonly name: string
  readonly parts: readonly ScenarioPart[]
  readonly coreUuids: ReadonlySet<string>
}

/** Throws an Error that names the scenario when its capture is not there. */
export async function checkScenario(captures: string, name: string): Promise<void> {
  const path = join(captures, name, 'events.json.raw.gz')
  await access(path).catch(() => {
    throw new Error(`no capture of scenario ${name}: ${path} is missing`)
  })
}

export async function loadScenario(captures: string, name: string): Promise<Scenario> {
  const folder = join(captures, name)
  const parts: ScenarioPart[] = [{ ...(await readCapture(join(folder, 'events.json'))), before: undefined }]
  for (let number = 2; await exists(join(folder, `events.json.${number}.raw.gz`)); number += 1) {
    const capture = await readCapture(join(folder, `events.json.${number}`))
    parts.push({ ...capture, before: await breakBetween(folder, parts.at(-1)!, capture) })
  }
  const coreUuids = new Set(parts.flatMap((part) => part.events.map((event) => event.summary.coreUuid)))
  return { name, parts, coreUuids }
}

async function breakBetween(folder: string, before: Capture, after: Capture): Promise<Break> {
  const lastsMs = Math.max(0, after.openedAtMs - before.endedAtMs)
  const coreUuid = after.events[0]?.summary.coreUuid ?? ''
  if (before.events.at(-1)?.summary.coreUuid !== coreUuid) return { kind: 'killed', lastsMs, coreUuid, listing: [] }
  const listing = (await recordedListing(folder, after)) ?? derivedListing(after)
  return { kind: 'gap', lastsMs, coreUuid, listing }
}

interface Truth {
  readonly api?: readonly { readonly t: number; readonly command: string; readonly file: string }[]
}

/** The answer to `show channels as json` that was recorded first after the connection was back, when there is one. */
async function recordedListing(folder: string, after: Capture): Promise<ChannelRow[] | undefined> {
  const truth = JSON.parse(await readFile(join(folder, 'truth.json'), 'utf8').catch(() => '{}')) as Truth
  const asked = truth.api?.find((call) => call.command === 'api show channels as json' && call.t >= after.openedAtMs)
  if (asked === undefined || !(await exists(join(folder, asked.file)))) return undefined
  const answer = await readFile(join(folder, asked.file))
  const text = answer.toString('latin1', answer.indexOf('\n\n') + 2)
  return ((JSON.parse(text) as { rows?: Partial<ChannelRow>[] }).rows ?? []).map(newRow)
}

/** Channels that the later connection speaks of and that are older than it: what was open when it came up. */
function derivedListing(after: Capture): ChannelRow[] {
  const rows = new Map<string, ChannelRow>()
  for (const { summary, body } of after.events) {
    const { change } = summary
    if (change?.kind !== 'changed' || rows.has(change.uuid)) continue
    const headers = parseHeaders(body)
    const before = (name: string) => Number(headers[name]) > 0 && Number(headers[name]) / 1000 < after.openedAtMs
    if (!before('Caller-Channel-Created-Time')) continue
    const row = newRow(change.row)
    // The first thing heard of it may be its end; at the moment that is described it was still going on.
    row.callstate = before('Caller-Channel-Answered-Time') ? 'ACTIVE' : 'RINGING'
    row.state = row.direction === 'inbound' ? 'CS_EXECUTE' : 'CS_EXCHANGE_MEDIA'
    rows.set(change.uuid, row)
  }
  return [...rows.values()]
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
