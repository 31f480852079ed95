/** A child runs the built libraries (`npm run build`), is killed with SIGKILL in the middle of its appends, and leaves streams whole. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { openSqliteEventStore } from './sqlite-event-store.js'

const BATCH = 20
const STREAMS = 3
const ROUNDS = 5

/** Appends batches to three streams at once and says which revision of which stream was acknowledged. */
const APPEND = `
  import { randomUUID } from 'node:crypto'
  import { openSqliteEventStore } from '@trunkline/sqlite'
  const store = openSqliteEventStore({ file: process.argv[1] })
  const fill = async (stream) => {
    let revision = (await store.read(stream)).at(-1)?.revision ?? 'none'
    for (;;) {
      const first = revision === 'none' ? 0 : revision + 1
      const event = (_, index) => ({ id: randomUUID(), type: 't', version: 1, time: 1, data: { first, index, text: 'x'.repeat(500) } })
      revision = await store.append(stream, revision, Array.from({ length: ${BATCH} }, event))
      process.stdout.write(stream + ' ' + revision + '\\n')
    }
  }
  await Promise.all(Array.from({ length: ${STREAMS} }, (_, number) => fill('s' + number)))`

/** Runs the child until it has acknowledged something and some ms more; gives the last acknowledged revision of each stream. */
async function runAndKill(file: string, afterMs: number): Promise<Map<string, number>> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', APPEND, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const acknowledged = new Map<string, number>()
  for await (const line of createInterface({ input: child.stdout })) {
    if (acknowledged.size === 0) setTimeout(() => child.kill('SIGKILL'), afterMs)
    const [stream, revision] = line.split(' ')
    acknowledged.set(stream!, Number(revision))
  }
  if (acknowledged.size === 0) throw new Error('the child acknowledged nothing')
  return acknowledged
}

describe('a process that is killed while it appends to the SQLite event store', () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'trunkline-kill-'))
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  it('leaves all acknowledged appends, none torn, and the streams go on', async () => {
    const file = join(directory, 'events.sqlite')
    for (let round = 0; round < ROUNDS; round++) {
      const acknowledged = await runAndKill(file, 20 + round * 17)
      const store = openSqliteEventStore({ file })
      for (const [stream, revision] of acknowledged) {
        const events = await store.read(stream)
        expect(events.length).toBeGreaterThan(revision)
        expect(events.length % BATCH).toBe(0)
        const whole = events.every((event, at) => {
          const { first, index } = event.data as { first: number; index: number }
          return event.revision === at && first === at - (at % BATCH) && index === at % BATCH
        })
        expect(whole).toBe(true)
      }
      await store.close()
    }
  })
})
