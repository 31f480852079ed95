/** The most telling of the faults that `npm run test:faults` makes, and a proof that its judge can see. Needs the build. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { STREAMS } from '@trunkline/ports'
import { mulberry } from '../support/random.js'
import { FAULTS } from './catalogue/index.js'
import type { Fault } from './fault.js'
import { readStream } from './read-stream.js'
import { runFault } from './run-fault.js'
import { startServers, type Servers } from './servers.js'
import { makeTraffic } from './traffic.js'

const SOME = ['projectors-killed', 'broker-killed', 'deliveries-disturbed', 'poison']

describe('real faults on real processes', () => {
  let servers: Servers
  let folder: string
  beforeAll(async () => {
    servers = await startServers()
    folder = mkdtempSync(join(tmpdir(), 'trunkline-faults-'))
  })
  afterAll(async () => {
    await servers.dispose()
    rmSync(folder, { recursive: true, force: true })
  })

  async function outcomeOf(fault: Fault) {
    const seed = Math.floor(Math.random() * 2 ** 32)
    const captures = makeTraffic(join(folder, fault.name), fault.traffic)
    const { lost, doubled, differences } = await runFault(fault, { servers, captures, random: mulberry(seed) })
    return { seed, lost, doubled, differences }
  }

  it.each(FAULTS.filter(({ name }) => SOME.includes(name)))('$name: nothing lost, nothing doubled', async (fault) => {
    const { lost, doubled, differences } = await outcomeOf(fault)
    expect({ lost, doubled, differences }).toEqual({ lost: 0, doubled: 0, differences: [] })
  })

  it('are seen when they do harm: a fact lost, an event told twice, a row that is not right', async () => {
    const { lost, doubled, differences } = await outcomeOf({
      name: 'sabotage',
      about: 'What no fault may do',
      roles: ['listener1', 'projector1'],
      make: async (site) => async () => {
        const forgotten = (await readStream(site.log, STREAMS.switch)).find(({ type }) => type === 'channel.hungup')!
        const key = 'pbx1'
        await site.twin.log.append(STREAMS.switch, [{ ...forgotten, id: 'never/heard', key }])
        const [told] = await readStream(site.log, STREAMS.calls)
        await site.log.append(STREAMS.calls, [{ ...told!, meta: { seq: '1000000' } }])
        await site.views.transaction((tx) => tx.run("UPDATE calls SET cause = 'NONE' WHERE cause = 'NORMAL_CLEARING'"))
        return []
      },
    })
    expect({ lost, doubled }).toEqual({ lost: 1, doubled: 1 })
    expect(differences.join('\n')).toMatch(/never\/heard is not in the log/)
    expect(differences.join('\n')).toMatch(/calls differs from projected again from the log/)
    expect(differences.join('\n')).toMatch(/calls differs from undisturbed/)
  })
})
