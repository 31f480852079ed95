import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

/** A fact of the size that a switch event has after translation, about 600 bytes of JSON. */
export function fact(number) {
  return {
    id: `5f4d3c2b-1a09-4e8d-9c7b-6a5948372615/${number}`,
    type: number % 2 === 0 ? 'channel.created' : 'channel.answered',
    version: 1,
    key: 'pbx1',
    time: 1_780_000_000_000_000 + number * 1000,
    data: {
      core: '5f4d3c2b-1a09-4e8d-9c7b-6a5948372615',
      seq: number,
      channel: `${String(number).padStart(8, '0')}-aaaa-4bbb-8ccc-ddddeeeeffff`,
      name: 'sofia/internal/1001@example.org',
      direction: 'inbound',
      callerNumber: '1001',
      callerName: 'Alice',
      destination: '1002',
      context: 'default',
      networkAddress: '192.0.2.17',
      state: 'CS_EXECUTE',
      callState: 'ACTIVE',
      answerState: 'answered',
      times: { created: 1_780_000_000_000_000, answered: 1_780_000_003_000_000 },
      vars: { sip_call_id: `${number}@192.0.2.17`, sip_from_host: 'example.org', user_name: '1001' },
    },
  }
}

export function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1]
}

/** Rows of [what, per second, ratio]. */
export function print(title, rows) {
  process.stdout.write(`\n${title}\n`)
  const width = Math.max(...rows.map(([what]) => what.length))
  for (const [what, perSecond, ratio] of rows) {
    const rate = Math.round(perSecond).toLocaleString('en')
    process.stdout.write(`  ${what.padEnd(width)}  ${rate.padStart(12)}/s  ${ratio.toFixed(2)}\n`)
  }
}

const CAPTURES = join(import.meta.dirname, '../test/captures/freeswitch')

/** JSON bodies of the captured events, as buffers. */
export function eventBodies(scenarios = readdirSync(CAPTURES)) {
  const bodies = []
  for (const scenario of scenarios) {
    const raw = gunzipSync(readFileSync(join(CAPTURES, scenario, 'events.json.raw.gz')))
    for (let at = 0; at < raw.length;) {
      const head = raw.indexOf('\n\n', at)
      if (head < 0) break
      const header = raw.toString('latin1', at, head)
      const length = Number(/Content-Length: (\d+)/.exec(header)?.[1] ?? 0)
      at = head + 2 + length
      if (header.includes('text/event-json')) bodies.push(raw.subarray(head + 2, at))
    }
  }
  return bodies
}

export function frame(body) {
  return Buffer.concat([Buffer.from(`Content-Length: ${body.length}\nContent-Type: text/event-json\n\n`), body])
}

/** Runs every candidate `rounds` times, in turns, and gives the median of what each returned (per second). */
export async function alternate(candidates, rounds = 5) {
  const results = Object.fromEntries(Object.keys(candidates).map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(candidates)) results[name].push(await run())
  }
  return Object.fromEntries(Object.entries(results).map(([name, values]) => [name, median(values)]))
}
