import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { parseHeaders, summarize, type EventSummary } from './event-summary.js'

const unzip = promisify(gunzip)

/** One event of a capture. */
export interface CapturedEvent {
  /** The frame as it was on the wire: header block and body. */
  readonly frame: Buffer
  readonly body: Buffer
  /** When its last byte was read, in ms since 1970. */
  readonly atMs: number
  readonly summary: EventSummary
}

/** One connection: what the switch sent on it and when. */
export interface Capture {
  readonly events: readonly CapturedEvent[]
  readonly openedAtMs: number
  readonly endedAtMs: number
}

interface SideCarLine {
  readonly open?: boolean
  readonly eof?: string
  readonly o?: number
  readonly l?: number
  readonly t: number
}

/** Reads `<stem>.raw.gz` with its side-car `<stem>.idx.jsonl.gz`. Throws when a frame is cut or unreadable. */
export async function readCapture(stem: string): Promise<Capture> {
  const [raw, sideCar] = await Promise.all([unzipFile(`${stem}.raw.gz`), unzipFile(`${stem}.idx.jsonl.gz`)])
  const lines = sideCar
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as SideCarLine)
  const times = timesOf(lines)
  const events: CapturedEvent[] = []
  for (const { start, bodyStart, end } of jsonFrames(raw, stem)) {
    const body = raw.subarray(bodyStart, end)
    const atMs = times(end)
    events.push({ frame: raw.subarray(start, end), body, atMs, summary: summarize(parseHeaders(body)) })
  }
  return { events, openedAtMs: lines[0]?.t ?? 0, endedAtMs: lines.at(-1)?.t ?? 0 }
}

async function unzipFile(path: string): Promise<Buffer> {
  return unzip(await readFile(path))
}

/** When the byte before `end` was read. Must be asked with growing offsets. */
function timesOf(lines: readonly SideCarLine[]): (end: number) => number {
  const reads = lines.filter((line) => line.o !== undefined)
  let at = 0
  return (end) => {
    while (at < reads.length - 1 && reads[at]!.o! + reads[at]!.l! < end) at += 1
    return reads[at]?.t ?? 0
  }
}

function* jsonFrames(raw: Buffer, stem: string): Generator<{ start: number; bodyStart: number; end: number }> {
  let start = 0
  while (start < raw.length) {
    const headerEnd = raw.indexOf('\n\n', start)
    if (headerEnd < 0) throw new Error(`${stem}: the capture ends within a header block`)
    const header = raw.toString('latin1', start, headerEnd)
    const bodyStart = headerEnd + 2
    const end = bodyStart + Number(/^Content-Length: (\d+)$/m.exec(header)?.[1] ?? 0)
    if (end > raw.length) throw new Error(`${stem}: the capture ends within a body`)
    if (header.includes('text/event-json')) yield { start, bodyStart, end }
    start = end
  }
}
