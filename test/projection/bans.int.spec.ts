/** The view of bans is the same whatever the batches, and when facts come twice. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import type { Fact } from '@trunkline/domain'
import { translateKamailioEvent } from '@trunkline/kamailio'
import { BansProjection } from '@trunkline/projection'
import { openSqliteViewStore } from '@trunkline/sqlite'
import { allRows, project } from '../support/project.js'

const START = 1_790_000_000
let seq = 0
function event(at: number, fields: Record<string, unknown>): Fact {
  const entry = { v: 1, boot: 'b1', seq: ++seq, ts: `${START + at}.000000`, ...fields }
  return translateKamailioEvent(JSON.stringify(entry), 'sbc1')!
}
const eve = { source: '198.51.100.7', user: 'alice@a.example' }
const until = START + 900
const FACTS = [
  event(1, { ev: 'ban.set', ...eve, reason: 'password', count: 5, until }),
  event(2, { ev: 'ban.set', source: '198.51.100.8', reason: 'scan', count: 10, until }),
  event(3, { ev: 'ban.lifted', ...eve, reason: 'operator' }),
  event(4, { ev: 'ban.set', ...eve, reason: 'password', count: 5, until }),
  event(5, { ev: 'ban.set', ...eve, reason: 'password', count: 6, until: until + 5 }),
  event(6, { ev: 'ban.lifted', source: '198.51.100.9', reason: 'expired' }),
  event(7, { ev: 'kam.start' }),
  event(8, { ev: 'ban.set', source: '198.51.100.8', reason: 'scan', count: 10, until }),
]

describe('the view of bans', () => {
  it.each([
    ['one by one', FACTS, 1],
    ['in pairs', FACTS, 2],
    ['all at once', FACTS, 100],
    ['each twice', FACTS.flatMap((fact) => [fact, fact]), 3],
    ['all over again', [...FACTS, ...FACTS], 4],
  ])('%s', async (_, facts, batch) => {
    const folder = mkdtempSync(join(tmpdir(), 'trunkline-bans-'))
    const store = openSqliteViewStore({ file: join(folder, 'views.sqlite') })
    await project(store, facts, { make: () => new BansProjection(), batch, restartEvery: 2 })
    const { bans } = await allRows(store, new BansProjection())
    await store.close()
    rmSync(folder, { recursive: true, force: true })
    const at = (seconds: number) => (START + seconds) * 1000
    expect(bans).toMatchObject([
      { ...eve, tenant: 'a.example', set_at: at(1), lifted_at: at(3), lifted_by: 'operator', attempts: 5 },
      { ...eve, set_at: at(4), lifted_at: at(5), lifted_by: 'renewed' },
      { ...eve, set_at: at(5), lifted_at: at(7), lifted_by: 'restarted', expires_at: at(905), attempts: 6 },
      { source: '198.51.100.8', user: '', tenant: null, set_at: at(2), lifted_at: at(7), lifted_by: 'restarted' },
      { source: '198.51.100.8', user: '', reason: 'scan', set_at: at(8), lifted_at: null, lifted_by: null },
    ])
  })
})
