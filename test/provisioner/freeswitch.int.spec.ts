import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { parseEslSwitches } from '@trunkline/esl'
import { readReconciliations, requestReconcile, startProvisioner, type Provisioner } from '@trunkline/provisioner'
import { createThings, startProvisioningProjector, type ProvisioningProjector } from '@trunkline/provisioning-views'
import { openSqliteViewStore } from '@trunkline/sqlite'
import { startWriteSide, type WriteSide } from '../../libs/commands/src/testing/write-side.js'
import { until } from '../kamailio/harness/process.js'
import { sendSurely } from './support/provisioning-site.js'
import { RecordingSwitch } from './support/recording-switch.js'

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

describe('what FreeSWITCH is told by its Event Socket', () => {
  const pbx = new RecordingSwitch()
  let folder: string
  let side: WriteSide
  let projector: ProvisioningProjector
  let provisioner: Provisioner
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'trunkline-freeswitch-'))
    await pbx.start()
    const store = openSqliteViewStore({ file: join(folder, 'views.sqlite') })
    side = await startWriteSide({ viewStore: store, things: createThings(store) })
    const { eventStore, vault } = side
    projector = await startProvisioningProjector({ eventStore, store, logger: silent as never })
    provisioner = await startProvisioner({
      store,
      things: createThings(store),
      vault,
      eventStore,
      switches: parseEslSwitches(pbx.setting),
      freeswitchGateways: true,
      logger: silent,
      timing: { pollMs: 30, leaseMs: 10_000, probeMs: { first: 50, most: 200 } },
    })
  })
  afterAll(async () => {
    await provisioner?.close()
    await projector?.close()
    await side?.dispose()
    await pbx.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  beforeEach(() => {
    pbx.commands.length = 0
  })

  const send = (name: string, input: unknown) => sendSurely(side, name, input)
  const items = (where: string) => side.viewStore.all(`SELECT * FROM provisioning_items WHERE ${where}`)
  async function done(id: string, revision: number, state = 'applied') {
    return until(`${id} is ${state}`, async () => {
      const [item] = await items(`id = '${id}' AND wanted_revision = ${revision} AND state = '${state}'`)
      return item
    })
  }

  let user = ''
  it('keeps no user of the directory longer than it is right', async () => {
    const created = await send('createSipUser', { username: 'eva' })
    user = created.id
    await done(user, 0)
    await send('rotateSipUserCredential', { id: user })
    expect(await done(user, 1)).toMatchObject({ target: 'freeswitch:pbx1', tenant: 'a.example', name: 'eva' })
    const flush = 'xml_flush_cache id eva a.example'
    expect(pbx.commands.filter((one) => one.startsWith('xml_'))).toEqual([flush, flush])
  })

  it('makes gateways anew when their trunk changed, and ends them with it', async () => {
    const trunk = await send('createTrunk', {
      name: 'carrier',
      settings: { hosts: [{ host: 'a.example' }, { host: 'b.example' }] },
    })
    await send('activateTrunk', { id: trunk.id })
    await done(trunk.id, 1)
    const kill = (n: string) => `sofia profile trunks killgw ${trunk.id}${n}`
    expect(pbx.commands.slice(-3)).toEqual([kill(''), kill('-2'), 'sofia profile trunks rescan'])
    pbx.answer = (command) => (command.includes('killgw') ? '-ERR NO SUCH GATEWAY.\n' : undefined)
    await send('updateTrunk', { id: trunk.id, settings: { hosts: [{ host: 'a.example' }] } })
    await done(trunk.id, 2)
    expect(pbx.commands.slice(-3)).toEqual([kill(''), kill('-2'), 'sofia profile trunks rescan'])
    await send('deactivateTrunk', { id: trunk.id })
    await done(trunk.id, 3)
    expect(pbx.commands.at(-1)).toBe(kill(''))
    pbx.answer = () => undefined
  })

  let queue = ''
  it('loads a queue with its agents, and takes away who left it', async () => {
    queue = (await send('createCallQueue', { number: '7000', settings: { name: 'Support' } })).id
    await done(queue, 0)
    pbx.commands.length = 0
    pbx.configured.set('7000@a.example', ['eva@a.example'])
    await send('putQueueAgent', { id: queue, userId: user })
    await done(queue, 1)
    // not agent by agent, which would have the switch ask for all queues of all tenants each time
    const reload = 'callcenter_config queue reload 7000@a.example'
    const look = 'callcenter_config queue list tiers 7000@a.example'
    expect(pbx.commands).toEqual([reload, look])
    pbx.configured.clear()
    await send('removeQueueAgent', { id: queue, userId: user })
    await done(queue, 2)
    expect(pbx.commands.slice(-3)).toEqual([
      'callcenter_config tier del 7000@a.example eva@a.example',
      'callcenter_config agent del eva@a.example',
      'callcenter_config queue reload 7000@a.example',
    ])
    // of a switch that does not load agents with a queue
    pbx.commands.length = 0
    await send('putQueueAgent', { id: queue, userId: user })
    await done(queue, 3)
    expect(pbx.commands).toEqual([
      reload,
      look,
      'callcenter_config agent reload eva@a.example',
      'callcenter_config tier reload 7000@a.example eva@a.example',
    ])
  })

  it('tells why the switch refused something', async () => {
    pbx.answer = (command) => (command.includes('queue reload') ? '-ERR Invalid Queue not found!\n' : undefined)
    await send('updateCallQueue', { id: queue, settings: { ringSeconds: 30 } })
    expect(await done(queue, 4, 'failed')).toMatchObject({
      reason: 'callcenter_config queue reload 7000@a.example: -ERR Invalid Queue not found!',
      applied_revision: 3,
      attempts: 1,
    })
    pbx.answer = () => undefined
    await send('updateCallQueue', { id: queue, settings: { ringSeconds: 20 } })
    expect(await done(queue, 5)).toMatchObject({ reason: null, attempts: 0 })
  })

  it('waits while the switch is away, says so, and goes on when it is back', async () => {
    await pbx.stop()
    const ids: string[] = []
    for (let i = 0; i < 20; i++) ids.push((await send('createSipUser', { username: `u${i}` })).id)
    await until('it is known that the switch is away', () => provisioner.status()[0]!.problem?.includes('pbx1'))
    expect((await items("state = 'pending'")).length).toBeGreaterThan(0)
    await pbx.start()
    for (const id of ids) await done(id, 0)
    const told = pbx.commands.filter((one) => one.startsWith('xml_'))
    expect(told).toEqual(ids.map((_, i) => `xml_flush_cache id u${i} a.example`))
    await until('nothing is said to be away', () => provisioner.status()[0]!.problem === undefined)
  })

  it('loads what the switch has lost, unloads what nobody wants, and leaves what is not ours', async () => {
    pbx.queues.clear()
    pbx.tiers.clear()
    pbx.queues.add('9000@a.example').add('support@default')
    const id = await requestReconcile(side.viewStore)
    const report = await until('the comparison is done', async () =>
      (await readReconciliations(side.viewStore)).find((one) => one.requestId === id && one.state === 'done'),
    )
    expect(report.report).toEqual([
      { table: 'callcenter', place: 'pbx1', missing: 1, surplus: 1, different: 0, foreign: 1 },
    ])
    await until('the queue is there', () => pbx.queues.has('7000@a.example') && pbx.tiers.size === 1)
    expect([...pbx.queues].sort()).toEqual(['7000@a.example', 'support@default'])
    await send('suspendSipUser', { id: user })
    await done(user, 2)
    await until('the agent is taken away', () => pbx.commands.includes('callcenter_config agent del eva@a.example'))
  })

  it('brings an agent who is resumed back to the queues', async () => {
    await until('the agent is gone', () => pbx.tiers.size === 0)
    await send('resumeSipUser', { id: user })
    await done(user, 3)
    await until('the agent is back', () => pbx.tiers.size > 0)
    expect([...pbx.tiers.keys()]).toEqual(['7000@a.example eva@a.example'])
  })
})
