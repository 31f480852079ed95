/** Children run the built libraries (`npm run build`), are killed with SIGKILL in the middle of their work, and leave files whole. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { readAll } from '@trunkline/ports/contract'
import { openSqliteEventLog } from './sqlite-event-log.js'
import { openSqliteViewStore } from './sqlite-view-store.js'

const BATCH = 20
const ROUNDS = 5

const APPEND = `
  import { openSqliteEventLog } from '@trunkline/sqlite'
  const log = openSqliteEventLog({ directory: process.argv[1] })
  for (let batch = Number(process.argv[2]); ; batch++) {
    const record = (_, index) => ({ id: batch + '/' + index, type: 't', version: 1, key: 'k', time: 1, data: { text: 'x'.repeat(500) } })
    await log.append('s', Array.from({ length: ${BATCH} }, record))
    process.stdout.write(batch + '\\n')
  }`

const PROJECT = `
  import { openSqliteViewStore } from '@trunkline/sqlite'
  const store = openSqliteViewStore({ file: process.argv[1] })
  const table = { name: 'things', key: ['id'], columns: { id: 'integer', batch: 'integer' } }
  await store.createTables([table])
  const at = await store.checkpoint('p', 0)
  let from = at
  for (let batch = at === undefined ? 0 : Number(at) + 1; ; batch++) {
    await store.transaction(async (tx) => {
      await tx.upsert(table, Array.from({ length: ${BATCH} }, (_, index) => ({ id: batch * ${BATCH} + index, batch })))
      await new Promise((resolve) => setImmediate(resolve))
      await tx.moveCheckpoint('p', { partition: 0, from, to: String(batch) })
    })
    from = String(batch)
    process.stdout.write(batch + '\\n')
  }`

/** Runs the script until it has acknowledged some batches, kills it, and gives the last one it acknowledged. */
async function runAndKill(script: string, args: readonly string[], afterMs: number): Promise<number> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let last = -1
  for await (const line of createInterface({ input: child.stdout })) {
    if (last === -1) setTimeout(() => child.kill('SIGKILL'), afterMs)
    last = Number(line)
  }
  if (last === -1) throw new Error('the child acknowledged nothing')
  return last
}

describe('a process that is killed in the middle of its work', () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'trunkline-kill-'))
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  it('leaves all acknowledged records in the log and no torn batch', async () => {
    let next = 0
    for (let round = 0; round < ROUNDS; round++) {
      const acknowledged = await runAndKill(APPEND, [directory, String(next)], 20 + round * 17)
      const log = openSqliteEventLog({ directory })
      const ids = (await readAll(log, 's')).map((record) => record.id)
      await log.close()
      const batches = ids.length / BATCH
      expect(Number.isInteger(batches)).toBe(true)
      expect(batches).toBeGreaterThan(acknowledged)
      const expected = Array.from({ length: ids.length }, (_, index) => `${Math.floor(index / BATCH)}/${index % BATCH}`)
      expect(ids).toEqual(expected)
      next = batches
    }
  })

  it('leaves rows and checkpoint of the same transaction', async () => {
    const file = join(directory, 'views.sqlite')
    for (let round = 0; round < ROUNDS; round++) {
      const acknowledged = await runAndKill(PROJECT, [file], 20 + round * 17)
      const store = openSqliteViewStore({ file })
      const at = Number(await store.checkpoint('p', 0))
      const [row] = await store.all<{ n: number; newest: number }>('SELECT count(*) n, max(batch) newest FROM things')
      await store.close()
      expect(at).toBeGreaterThanOrEqual(acknowledged)
      expect(row).toEqual({ n: (at + 1) * BATCH, newest: at })
    }
  })
})
