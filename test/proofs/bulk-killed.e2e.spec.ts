/**
 * Trunkline, Kamailio and Kamailio's database are killed at random moments of a bulk creation. Afterwards exactly these
 * users are in Kamailio's table: as many as one job takes. Needs the build.
 */
import { createHash, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { until } from '../kamailio/harness/process.js'
import { SipPhone } from '../kamailio/harness/sip-phone.js'
import { TENANT, WholeSite } from './support/whole-site.js'

const COUNT = 10_000
const username = (n: number) => `user${String(n).padStart(5, '0')}`
const password = (n: number) => `bulk-password-${n}-of-the-proof`
const md5 = (text: string) => createHash('md5').update(text).digest('hex')

describe('a bulk of users', () => {
  let site: WholeSite
  beforeAll(async () => {
    site = await WholeSite.start()
  })
  afterAll(() => site.dispose())

  const killings: readonly (() => Promise<void>)[] = [
    async () => {
      await site.killApp()
      await site.startApp()
    },
    async () => {
      await site.maria.stop('SIGKILL')
      await site.maria.start()
    },
    async () => {
      await site.kamailio.stop('SIGKILL')
      await site.kamailio.start()
    },
  ]

  async function job(id: string): Promise<{ state: string; done: number; failed: number }> {
    const reply = await fetch(`${site.app.url}/v1/bulk-jobs/${id}`, { headers: site.api.headers })
    return (await reply.json()) as { state: string; done: number; failed: number }
  }

  it(`of ${COUNT} is in Kamailio's table as it should be, whatever was killed meanwhile`, async () => {
    const began = performance.now()
    const users = Array.from({ length: COUNT }, (_, n) => ({ username: username(n), password: password(n) }))
    const started = await fetch(`${site.app.url}/v1/sip-users/bulk`, {
      method: 'POST',
      headers: { ...site.api.headers, 'idempotency-key': randomUUID() },
      body: JSON.stringify({ users }),
    })
    expect(started.status).toBe(202)
    const { id } = (await started.json()) as { id: string }
    const inTable = async () => Number(await site.maria.sql('SELECT COUNT(*) FROM subscriber'))
    const progress = async () => ({ decided: (await job(id)).done, inTable: await inTable() })
    const moments: string[] = []
    for (let n = 0; n < 5; n++) {
      // work has gone on since the last one, and what is decided and what is applied are apart
      const from = (COUNT * (n + Math.random())) / 5
      const seen = await until(
        'work goes on',
        async () => {
          const now = await progress()
          return now.decided + now.inTable > 1.6 * from ? now : undefined
        },
        30 * COUNT,
      )
      const which = n % killings.length
      moments.push(
        `${['Trunkline', 'MariaDB', 'Kamailio'][which]} at ${seen.decided} decided, ${seen.inTable} in the table`,
      )
      await killings[which]!()
    }
    await until('the job is done', async () => (await job(id)).state === 'done', 30 * COUNT)
    expect(await job(id)).toMatchObject({ done: COUNT, failed: 0 })
    await until('all are in the table', async () => (await inTable()) >= COUNT, 30 * COUNT)
    const seconds = ((performance.now() - began) / 1000).toFixed(1)
    process.stdout.write(`      ${COUNT} users in ${seconds} s; killed: ${moments.join(', ')}\n`)

    const rows = (
      await site.maria.sql('SELECT username, domain, password, ha1, ha1b FROM subscriber ORDER BY username')
    )
      .trim()
      .split('\n')
    const wanted = users.map(({ username: name }, n) =>
      [
        name,
        TENANT,
        '',
        md5(`${name}:${TENANT}:${password(n)}`),
        md5(`${name}@${TENANT}:${TENANT}:${password(n)}`),
      ].join('\t'),
    )
    expect(rows).toEqual(wanted)
    const phone = await SipPhone.udp(site.port)
    for (const n of [0, COUNT >> 1, COUNT - 1]) {
      await until(
        `${username(n)} registers`,
        async () => (await phone.register(username(n), { password: password(n) })) === 200,
      )
    }
    phone.close()
  }, 900_000)

  it('leaves no password behind', async () => {
    const kept = `${await site.everythingKept()}\n${[...site.logs, ...site.app.log].join('\n')}\n${site.kamailio.log()}`
    expect(kept).not.toMatch(/bulk-password-\d/)
  })
})
