import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { CallEventData, Fact } from '@trunkline/domain'
import { translateCdr } from '@trunkline/esl'
import { openSqliteViewStore } from '@trunkline/sqlite'
import { CallsProjection, presenceTable } from '@trunkline/projection'
import type { ViewStore } from '@trunkline/ports'
import { CAPTURES, factsOf, scenarios } from '../support/capture.js'
import { kamailioFacts } from '../support/kamailio-capture.js'
import { allRows, project } from '../support/project.js'
import { mulberry } from '../support/random.js'

const everything: Fact[] = scenarios()
  .filter((name) => !name.startsWith('ff'))
  .flatMap(factsOf)
  .sort((a, b) => a.time - b.time)

/** What the files of mod_json_cdr tell. */
function filedFacts(): Fact[] {
  const folders = scenarios()
    .map((name) => join(CAPTURES, name, 'cdr'))
    .filter(existsSync)
  return folders.flatMap((folder) =>
    readdirSync(folder).flatMap((file) => {
      const bytes = readFileSync(join(folder, file))
      return translateCdr((file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString(), 'pbx1') ?? []
    }),
  )
}

function shuffle<T>(list: readonly T[], next: () => number): T[] {
  return list
    .map((one) => [next(), one] as const)
    .sort(([a], [b]) => a - b)
    .map(([, one]) => one)
}

describe('the calls view', () => {
  let folder: string
  const stores: ViewStore[] = []
  const open = async (name: string) => {
    const store = openSqliteViewStore({ file: join(folder, `${name}.sqlite`) })
    stores.push(store)
    await store.createTables([presenceTable])
    return store
  }
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'trunkline-calls-'))
  })
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it('has the same rows whatever the batches, the restarts and the duplicates', async () => {
    const make = () => new CallsProjection()
    const plain = await open('plain')
    await project(plain, everything, { make, batch: 500 })
    const expected = await allRows(plain, make())
    expect(expected['calls']!.length).toBeGreaterThan(60)
    const restarted = await open('restarted')
    await project(restarted, everything, { make, batch: 17, restartEvery: 3 })
    expect(await allRows(restarted, make())).toEqual(expected)
    const doubled = await open('doubled')
    const twice = everything.flatMap((fact, index) =>
      index % 3 === 0 ? [fact, fact] : index > 400 ? [fact, everything[index - 400]!] : [fact],
    )
    await project(doubled, twice, { make, batch: 40, restartEvery: 5 })
    expect(await allRows(doubled, make())).toEqual(expected)
  })

  /** Records and legs, without how often they were written. */
  async function recordsOf(store: ViewStore) {
    const calls = await store.all('SELECT * FROM calls ORDER BY id')
    const legs = await store.all('SELECT * FROM call_legs ORDER BY call_id, leg_id')
    return { calls: calls.map((row) => ({ ...row, revision: 0, lifecycle: '' })), legs }
  }

  it('has the same rows when each fact comes by itself, in any order, to a projector that remembers nothing', async () => {
    const make = () => new CallsProjection()
    const facts = [...everything, ...filedFacts(), ...kamailioFacts()]
    const plain = await open('plain')
    await project(plain, facts, { make, batch: 500 })
    const expected = await recordsOf(plain)
    for (const seed of [1, 2, 3]) {
      const shuffled = await open(`shuffled-${seed}`)
      await project(shuffled, shuffle(facts, mulberry(seed)), { make, batch: 1, restartEvery: 1 })
      expect(await recordsOf(shuffled)).toEqual(expected)
    }
  })

  it('keeps sums that are those of the set of calls', async () => {
    const store = await open('sums')
    await project(store, factsOf('ff-20-concurrent'), {
      make: () => new CallsProjection(),
      batch: 25,
      restartEvery: 10,
    })
    const [sums] = await store.all(
      'SELECT sum(attempts) AS attempts, sum(answered) AS answered, sum(talk_ms) AS talk FROM call_statistics',
    )
    const [calls] = await store.all(
      "SELECT count(*) AS attempts, count(answered_at) AS answered, sum(talk_ms) AS talk FROM calls WHERE state = 'ended' AND kind = 'call'",
    )
    expect(sums).toEqual(calls)
    expect(sums).toMatchObject({ attempts: 176 })
  })

  it('leaves nobody busy when all calls are over', async () => {
    const store = await open('users')
    await project(store, factsOf('ff-20-concurrent'), { make: () => new CallsProjection(), batch: 10 })
    expect(await store.all("SELECT user FROM user_calls WHERE activity <> 'idle' OR live_calls <> 0")).toEqual([])
    expect(await store.all("SELECT id FROM calls WHERE state <> 'ended'")).toEqual([])
  })

  it('tells each step of each call once, start first and end last, whatever the batches', async () => {
    const steps = async (name: string, batch: number) => {
      const emitted = await project(await open(name), everything, { make: () => new CallsProjection(), batch })
      const calls = emitted.filter(
        (event) => event.type.startsWith('call.') && event.type !== 'call.amended' && event.type !== 'call.merged',
      )
      return calls.map((event) => `${event.key} ${event.type} ${(event.data as CallEventData).at}`).sort()
    }
    const small = await steps('small', 1)
    expect(small.filter((step, index) => small[index - 1] === step)).toEqual([])
    expect(small.filter((step) => step.includes('call.started')).length).toBeGreaterThan(60)
    const merged = (step: string) =>
      step.includes('call.started') || step.includes('call.ringing') || step.includes('call.answered')
    expect((await steps('large', 300)).filter((step) => !merged(step))).toEqual(small.filter((step) => !merged(step)))
  })
})
