/** `npm run replay-parked` as an operator runs it, on the built app (`npm run build`), beside a running projector. */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { STREAMS, type EventLog, type NewRecord, type ViewStore } from '@trunkline/ports'
import { openSqliteEventLog, openSqliteViewStore } from '@trunkline/sqlite'
import { factsOf } from '../../../test/support/capture.js'
import { allRows, project } from '../../../test/support/project.js'
import { CallsProjection, SHARED_TABLES } from '@trunkline/projection'

const dist = (file: string) => join(import.meta.dirname, '../dist', file)

describe('the command that replays parked records', () => {
  let dataDir: string
  let log: EventLog
  let store: ViewStore | undefined
  let projector: ChildProcess | undefined
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'trunkline-replay-'))
    log = openSqliteEventLog({ directory: join(dataDir, 'log') })
  })
  afterEach(async () => {
    projector?.kill('SIGKILL')
    await store?.close()
    await log.close()
    rmSync(dataDir, { recursive: true })
  })

  const env = () => ({ ...process.env, DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'fatal', NODE_OPTIONS: '' })

  function replay(...args: string[]): Promise<{ code: number; out: string }> {
    return new Promise((resolve) => {
      execFile(process.execPath, [dist('replay.js'), ...args], { env: env() }, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), out: stdout + stderr })
      })
    })
  }

  const until = async (isSo: () => Promise<boolean>) => {
    while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20))
  }

  it('takes in what the views could not take, tells what still fails, and disturbs nobody', async () => {
    const facts = factsOf('o-attended-transfer')
    const half = facts.length >> 1
    await log.append(STREAMS.switch, facts.slice(0, half))
    projector = spawn(process.execPath, [dist('main.js')], { env: env(), stdio: ['ignore', 'pipe', 'inherit'] })
    await once(projector.stdout!, 'data')
    store = openSqliteViewStore({ file: join(dataDir, 'views.sqlite') })
    const views = store
    const isAt = async (count: number) => Number(await views.checkpoint('calls', 0)) === count
    await until(() => isAt(half))
    // two facts that came while the code was at fault: one that it takes now, one of a type that nobody knows
    const park = (fact: NewRecord, position: string) =>
      views.transaction((tx) =>
        tx.run('INSERT INTO parked_records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)', [
          ...[STREAMS.switch, 0, position, '*', fact.id, fact.type, 'the code was at fault'],
          JSON.stringify({ ...fact, stream: STREAMS.switch, partition: 0, position }),
          1,
        ]),
      )
    await park(facts[half]!, 'p1')
    await park({ ...facts[0]!, id: 'odd', type: 'channel.teleported' }, 'p2')
    expect(await replay()).toEqual({ code: 1, out: '1 records replayed, 1 failed again\n' })
    expect(await views.all('SELECT record_id, reason FROM parked_records')).toEqual([
      { record_id: 'odd', reason: 'unknown type channel.teleported' },
    ])
    await log.append(STREAMS.switch, facts.slice(half + 1))
    await until(() => isAt(facts.length - 1))
    await views.transaction((tx) => tx.run('DELETE FROM parked_records'))
    expect(await replay()).toEqual({ code: 0, out: '0 records replayed, 0 failed again\n' })

    const whole = openSqliteViewStore({ file: join(dataDir, 'whole.sqlite') })
    await whole.createTables(SHARED_TABLES)
    await project(whole, facts, { make: () => new CallsProjection(), batch: 500 })
    expect(await allRows(views, new CallsProjection())).toEqual(await allRows(whole, new CallsProjection()))
    await whole.close()
  })

  it('explains itself, and refuses what it does not know', async () => {
    expect(await replay('--help')).toMatchObject({
      code: 0,
      out: expect.stringContaining('usage: npm run replay-parked'),
    })
    expect(await replay('--all')).toMatchObject({ code: 2 })
    expect(await replay()).toMatchObject({ code: 2, out: expect.stringContaining('There are no views') })
  })
})
