import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { KamailioServer, PATIENT } from '../kamailio/harness/kamailio-server.js'
import { until } from '../kamailio/harness/process.js'
import { ProvisioningSite, TENANT } from './support/provisioning-site.js'

describe('two nodes of one database', () => {
  let site: ProvisioningSite
  let second: KamailioServer
  beforeAll(async () => {
    site = await ProvisioningSite.start()
    const defines = { ...PATIENT, FLOOD_SPARED: '"127.0.0.0/8"', GATEWAY_PING: '0' }
    const servers = { databaseUrl: site.maria.url, redisPort: site.redis.port, defines }
    second = await KamailioServer.start(join(site.folder, 'kamailio-2'), servers)
    const nodes = [site.kamailio, second].map(({ rpcUrl }, i) => ({ name: `sbc${i + 1}`, rpcUrl }))
    await site.provision({ kamailioNodes: nodes })
  })
  afterAll(async () => {
    await second?.stop()
    await site?.dispose()
  })

  const create = async (username: string) => (await site.send('createSipUser', { username })).id
  const inSecond = (key: string) => second.rpc.call('htable.get', ['names', `${key}@${TENANT}`])

  it('one that hangs holds up nothing of the other, and has everything when it goes on', async () => {
    const gone = await create('gone')
    const { id: trunk } = await site.send('createTrunk', {
      name: 'carrier',
      settings: { hosts: [{ host: '127.0.0.9' }] },
    })
    await site.settled()
    second.hang()
    await site.send('removeSipUser', { id: gone })
    await site.send('activateTrunk', { id: trunk })
    await until('it is known', () => site.provisioner!.status()[0]!.problem?.includes('sbc2'))
    const tookMs: number[] = []
    for (let i = 0; i < 10; i++) {
      const begun = performance.now()
      await create(`new${i}`)
      await until('sbc1 has it', async () => (await site.memory('names', `new${i}@${TENANT}`)) !== undefined)
      tookMs.push(performance.now() - begun)
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
    // most of them, so that a busy machine is not taken for one that waits for the other
    expect(tookMs.toSorted((a, b) => a - b)[7]).toBeLessThan(2500)
    expect(await inSecond('gone').catch(() => undefined)).toBeUndefined()
    second.goOn()
    await site.settled()
    await expect(inSecond('gone')).rejects.toThrow("doesn't exist")
    for (let i = 0; i < 10; i++)
      expect(await inSecond(`new${i}`)).toMatchObject({ item: { name: `new${i}@${TENANT}` } })
    expect(JSON.stringify(await second.rpc.call('dispatcher.list'))).toContain('sip:127.0.0.9:5060')
    expect(site.provisioner!.status()[0]!.problem).toBeUndefined()
  })
})
