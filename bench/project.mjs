// Project and rebuild the calls view from captured traffic, against the limit (reading and parsing the same records) and
// against the naive way: a row at a time, one transaction for each record. Needs the build.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CallsProjection, rebuildView, SHARED_TABLES, startProjector } from '@trunkline/projection'
import { openSqliteEventLog, openSqliteViewStore } from '@trunkline/sqlite'
import { median, print } from './common.mjs'
import { facts } from './facts.mjs'
import { rowAtATime } from './row-at-a-time.mjs'

const COPIES = 20
const ROUNDS = 3
const STREAM = 'trunkline.switch'
const silent = { debug() {}, info() {}, warn() {}, error: console.error }

/** Records a second of a projector that takes one record at a time, from a log of its own. */
async function naive(directory) {
  const log = openSqliteEventLog({ directory: join(directory, 'naive-log') })
  const store = openSqliteViewStore({ file: join(directory, 'naive.sqlite') })
  try {
    const some = [...facts(1)]
    for (let at = 0; at < some.length; at += 500) await log.append(STREAM, some.slice(at, at + 500))
    await store.createTables(SHARED_TABLES)
    const started = performance.now()
    const projections = [new CallsProjection()]
    const projector = await startProjector({ log, store: rowAtATime(store), projections, logger: silent, batchSize: 1 })
    await projector.caughtUp()
    const rate = (some.length * 1000) / (performance.now() - started)
    await projector.close()
    return rate
  } finally {
    await log.close()
    await store.close()
  }
}

async function round() {
  const directory = mkdtempSync(join(tmpdir(), 'trunkline-bench-'))
  const log = openSqliteEventLog({ directory: join(directory, 'log') })
  const store = openSqliteViewStore({ file: join(directory, 'views.sqlite') })
  try {
    let count = 0
    let batch = []
    for (const fact of facts(COPIES)) {
      batch.push(fact)
      count += 1
      if (batch.length === 500) await log.append(STREAM, batch.splice(0))
    }
    await log.append(STREAM, batch)

    let started = performance.now()
    for (let after; ;) {
      const records = await log.read({ stream: STREAM, partition: 0, after, limit: 500 })
      if (records.length === 0) break
      after = records.at(-1).position
    }
    const read = (count * 1000) / (performance.now() - started)

    await store.createTables(SHARED_TABLES)
    started = performance.now()
    const projector = await startProjector({ log, store, projections: [new CallsProjection()], logger: silent })
    await projector.caughtUp()
    const live = (count * 1000) / (performance.now() - started)
    await projector.close()

    const { tookMs } = await rebuildView({ log, store, projection: new CallsProjection(), logger: silent })
    return { read, live, rebuild: (count * 1000) / tookMs, naive: await naive(directory), count }
  } finally {
    await log.close()
    await store.close()
    rmSync(directory, { recursive: true })
  }
}

const rounds = []
for (let number = 0; number < ROUNDS; number++) rounds.push(await round())
const of = (name) => median(rounds.map((round) => round[name]))
const limit = of('read')
print(`project and rebuild the calls view, ${rounds[0].count} facts`, [
  ['read and parse (limit)', limit, 1],
  ['project, 500 a transaction', of('live'), of('live') / limit],
  ['rebuild', of('rebuild'), of('rebuild') / limit],
  ['naive: a row and a record at a time', of('naive'), of('naive') / limit],
])
process.stdout.write(`  rebuild / naive: ${(of('rebuild') / of('naive')).toFixed(1)}\n`)
