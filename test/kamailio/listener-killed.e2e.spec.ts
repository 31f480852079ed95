/** The listener as it is started in production, killed while Kamailio goes on telling. Needs the build. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { freePort } from '../support/free-port.js'
import { PATIENT } from './harness/kamailio-server.js'
import { ServerProcess, until } from './harness/process.js'
import { SipPhone } from './harness/sip-phone.js'
import { Site } from './harness/site.js'

describe('the listener as a process', () => {
  let site: Site
  let phone: SipPhone
  const started: ServerProcess[] = []
  beforeAll(async () => {
    site = await Site.start({ defines: PATIENT })
    phone = await SipPhone.udp(site.kamailio.ports.sip)
  })
  afterAll(async () => {
    phone.close()
    for (const each of started) await each.stop('SIGKILL')
    await site.dispose()
  })
  /** Shares the log of the site; the views are projected by the test. */
  const listen = async () => {
    const main = join(process.cwd(), 'apps/kamailio-listener/dist/main.js')
    const env = { KAMAILIO_NODES: site.nodes, DATA_DIR: site.folder, PORT: String(await freePort()) }
    const settings = Object.entries(env).map(([name, value]) => `${name}=${value}`)
    const child = new ServerProcess(join(site.folder, 'listener.log'), 'env', [...settings, process.execPath, main])
    started.push(child)
    return child
  }

  it('killed at any moment, it leaves nothing unread and nothing twice', async () => {
    let registers = 0
    let refused = 0
    for (let round = 0; round < 3; round++) {
      const listener = await listen()
      const seen = (await site.facts('authentication.failed')).length
      for (let n = 0; n < 12; n++) {
        expect(await phone.register('alice')).toBe(200)
        expect(await phone.register('bob', { password: `${round}-${n}` })).toBe(401)
        registers += 1
        refused += 1
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
      await until('the listener reads', async () => {
        if (!listener.running) throw new Error(listener.output().slice(-2000))
        return (await site.facts('authentication.failed')).length > seen
      })
      await phone.register('alice')
      registers += 1
      await listener.stop('SIGKILL')
    }
    await listen()
    const all = async () => new Set((await site.facts('authentication.failed')).map(({ id }) => id)).size === refused
    await until('the last one has read the rest', all)
    await site.settled()
    const unique = (ids: readonly string[]) => new Set(ids).size
    const failures = await site.facts('authentication.failed')
    expect(unique(failures.map(({ id }) => id))).toBe(refused)
    const added = await site.facts('registration.added')
    const refreshed = await site.facts('registration.refreshed')
    expect(unique([...added, ...refreshed].map(({ id }) => id))).toBe(registers)
    expect(await site.rows('SELECT COUNT(*) AS n FROM authentication_failures')).toEqual([{ n: refused }])
    expect(await site.contactsAgree()).toHaveLength(1)
    expect(await site.facts('switch.gap')).toEqual([])
  })
})
