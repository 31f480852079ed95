/** The built standalone: a user who was created over REST is in the directory that FreeSWITCH asks for. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { ALL_TENANTS, issueToken } from '@trunkline/access'
import { sipDigests } from '@trunkline/vault'
import { NOT_FOUND } from '@trunkline/xml-curl'
import { startApp, type StartedApp } from '../support/app-process.js'
import { until } from '../kamailio/harness/process.js'

const JWT_SECRET = 'f'.repeat(64)
const XML_CURL_SECRET = 'a-secret-of-the-switch'

describe('the standalone', () => {
  let app: StartedApp
  let dataDir: string
  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'trunkline-xml-curl-'))
    const settings = { DATA_DIR: dataDir, JWT_SECRET, XML_CURL_SECRET, VAULT_KEY: 'a1'.repeat(32) }
    app = await startApp('standalone', { ...settings, SIMULATED_SPEED: '1' })
  })
  afterAll(async () => {
    await app?.stop()
    rmSync(dataDir, { recursive: true, force: true })
  })

  const ask = async (fields: Record<string, string>, secret = XML_CURL_SECRET) => {
    const authorization = `Basic ${Buffer.from(`freeswitch:${secret}`).toString('base64')}`
    const body = new URLSearchParams(fields)
    return fetch(`${app.url}/freeswitch/xml`, { method: 'POST', headers: { authorization }, body })
  }

  it('answers FreeSWITCH with what was provisioned over REST, and nobody without the secret', async () => {
    const user = { section: 'directory', action: 'sip_auth', key: 'id', user: 'alice', domain: 'a.example' }
    expect((await ask(user, 'wrong-secret-of-16')).status).toBe(401)
    expect(await (await ask(user)).text()).toBe(NOT_FOUND)

    const token = await issueToken(JWT_SECRET, { role: 'admin', tenant: ALL_TENANTS, user: 'root', ttlSeconds: 600 })
    const created = await fetch(`${app.url}/v1/sip-users`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'idempotency-key': 'first',
      },
      body: JSON.stringify({ tenant: 'a.example', username: 'alice', password: 'chosen-by-hand-1' }),
    })
    expect([created.status, created.ok ? '' : await created.text()]).toEqual([201, ''])
    const { ha1 } = sipDigests({ username: 'alice', domain: 'a.example', password: 'chosen-by-hand-1' })
    const answer = await until('the view has the user', async () => {
      const text = await (await ask(user)).text()
      if (text === NOT_FOUND) throw new Error('not yet')
      return text
    })
    expect(answer).toContain(`<param name="a1-hash" value="${ha1}"/>`)
    expect(answer).not.toContain('chosen-by-hand-1')
    const metrics = await (await fetch(`${app.url}/metrics`)).text()
    expect(metrics).toContain('trunkline_xml_curl_requests_total{section="directory",result="found"} 1')
    expect(app.log.join('\n')).not.toContain('a.example')
  })
})
