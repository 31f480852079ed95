/** The built apps (`npm run build`), from a mutation to a phone that registers at a real Kamailio. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { byGraphql, byRest } from '../command-http/senders.js'
import { SECRET, token, VAULT_KEY, type World } from '../command-http/world.js'
import { KamailioServer, PATIENT } from '../kamailio/harness/kamailio-server.js'
import { MariaServer } from '../kamailio/harness/maria-server.js'
import { until } from '../kamailio/harness/process.js'
import { SipPhone } from '../kamailio/harness/sip-phone.js'
import { startApp, type AppName, type StartedApp } from '../support/app-process.js'
import { quickest } from '../support/in-time.js'
import { RedisServer } from '../support/redis-server.js'

const TENANT = 'a.example'

describe('from a command to a phone that registers', () => {
  let folder: string
  let maria: MariaServer
  let redis: RedisServer
  let kamailio: KamailioServer
  let phone: SipPhone
  const running: StartedApp[] = []
  let env: Record<string, string>
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'trunkline-standalone-'))
    ;[maria, redis] = await Promise.all([MariaServer.start(join(folder, 'db')), RedisServer.start()])
    const servers = {
      databaseUrl: maria.url,
      redisPort: redis.port,
      defines: { ...PATIENT, FLOOD_SPARED: '"127.0.0.0/8"' },
    }
    kamailio = await KamailioServer.start(join(folder, 'kamailio'), servers)
    phone = await SipPhone.udp(kamailio.ports.sip)
    env = {
      JWT_SECRET: SECRET,
      VAULT_KEY,
      LOG_LEVEL: 'info',
      KAMAILIO_DATABASE_URL: maria.url,
      KAMAILIO_NODES: `sbc1=${redis.url}/kam:events?rpc=${encodeURIComponent(kamailio.rpcUrl)}`,
    }
  })
  afterAll(async () => {
    for (const app of running) await app.stop()
    phone?.close()
    await kamailio?.stop()
    await maria?.stop()
    await redis?.dispose()
    rmSync(folder, { recursive: true, force: true })
  })

  async function start(name: AppName, data: string): Promise<StartedApp> {
    const app = await startApp(name, { ...env, DATA_DIR: join(folder, data) })
    running.push(app)
    return app
  }

  /** Ends with the first registration. */
  async function registersAfter(send: ReturnType<typeof byRest>, username: string): Promise<void> {
    const { answer } = await send('createSipUser', { username })
    const { password } = answer!.result as { password: string }
    const register = () => phone.register(username, { domain: TENANT, password })
    await until(`${username} registers`, async () => (await register()) === 200)
    for (const { log } of running) expect(log.join('\n')).not.toContain(password)
  }

  it('takes less than a second in the standalone', async () => {
    const { url } = await start('standalone', 'one')
    const send = byGraphql({ url } as World, await token('operator'))
    let made = 0
    expect(await quickest(1000, (number) => registersAfter(send, `anna${(made = number)}`))).toBeLessThan(1000)
    const told = `trunkline_provisioning_items{target="kamailio",state="applied"} ${made}\n`
    await until('it is told', async () => (await (await fetch(`${url}/metrics`)).text()).includes(told))
    await running.pop()!.stop('SIGTERM')
  })

  it('takes less than a second with the apps apart, and goes on while a target is away', async () => {
    await start('projector', 'apart')
    const [provisioner, api] = await Promise.all([start('provisioner', 'apart'), start('command-api', 'apart')])
    const send = byRest({ url: api.url } as World, await token('operator'))
    expect(await quickest(1000, (number) => registersAfter(send, `dora${number}`))).toBeLessThan(1000)
    await maria.stop()
    const { answer } = await send('createSipUser', { username: 'emma' })
    const ready = () => fetch(`${provisioner.url}/health/ready`)
    await until('it is told that the database is away', async () => (await (await ready()).text()).includes('away'))
    expect((await ready()).status).toBe(200)
    await maria.start()
    const { password } = answer!.result as { password: string }
    await until('emma registers', async () => (await phone.register('emma', { domain: TENANT, password })) === 200)
    await provisioner.stop('SIGTERM')
    expect(provisioner.ended()).toMatchObject({ code: 0 })
    expect(provisioner.log.join('\n')).not.toContain(password)
  })
})
