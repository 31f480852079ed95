/** Today's code on a data folder that an older version has made. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { allProjections, startViews } from '@trunkline/projection'
import { STREAMS } from '@trunkline/ports'
import { readAll } from '@trunkline/ports/contract'
import { createLogger, HealthRegistry, Metrics } from '@trunkline/runtime'
import { openSqliteEventLog, openSqliteViewStore } from '@trunkline/sqlite'
import { factsOf } from '../support/capture.js'
import { allRows } from '../support/project.js'

const FOLDER = join(import.meta.dirname, '../captures/data-folders/first-views.tgz')
const logger = createLogger({ level: 'silent', name: 'test', fd: 2 })

describe('a data folder of the first version', () => {
  let dataDir: string
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'trunkline-upgrade-'))
    execFileSync('tar', ['xzf', FOLDER, '-C', dataDir])
  })
  afterEach(() => rmSync(dataDir, { recursive: true }))

  async function run(views: string, work: (parts: Awaited<ReturnType<typeof startViews>>) => Promise<void>) {
    const log = openSqliteEventLog({ directory: join(dataDir, 'log') })
    const store = openSqliteViewStore({ file: join(dataDir, views) })
    const parts = await startViews({ log, store, logger, metrics: new Metrics(), health: new HealthRegistry() })
    await parts.projector.caughtUp()
    await work(parts)
    await parts.projector.caughtUp()
    await parts.relay.drained()
    const rows: Record<string, unknown[]> = {}
    for (const projection of allProjections()) Object.assign(rows, await allRows(store, projection))
    const events = (await readAll(log, STREAMS.calls)).map(({ id }) => id)
    await parts.close()
    await store.close()
    await log.close()
    return { rows, events }
  }

  it('is taken over: rows as if made anew, no event told twice, and new calls go on', async () => {
    const before = await run('views.sqlite', async () => undefined)
    expect(before.rows['calls']!.length).toBeGreaterThan(5)
    expect(new Set(before.events).size).toBe(before.events.length)

    const after = await run('views.sqlite', async () => {
      const log = openSqliteEventLog({ directory: join(dataDir, 'log') })
      await log.append(STREAMS.switch, factsOf('v-park-retrieve'))
      await log.close()
    })
    expect(after.events.slice(0, before.events.length)).toEqual(before.events)
    expect(after.events.length).toBeGreaterThan(before.events.length + 5)

    const anew = await run('anew.sqlite', async () => undefined)
    expect(after.rows).toEqual(anew.rows)
  })
})
