import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { KamailioRpcServer } from '../../../test/support/kamailio-rpc-server.js'
import { KamailioRpc } from './kamailio-rpc.js'
import { readContacts } from './read-contacts.js'
import type { KamailioRpcMethod } from './rpc-methods.js'

describe('JSON-RPC to Kamailio', () => {
  let server: KamailioRpcServer
  beforeEach(async () => {
    server = await new KamailioRpcServer().start()
  })
  afterEach(() => server.stop())
  const client = (timeoutMs = 2000) => new KamailioRpc({ url: server.url, timeoutMs })

  it('gives the result of an answer', async () => {
    expect(await client().call('core.version')).toBe('kamailio 5.6.3 (x86_64/linux) ')
  })

  it('reads the error out of the body, whatever the HTTP status', async () => {
    server.answers.set('ul.lookup', { error: { code: 500, message: 'AOR not found in location table' } })
    server.answers.set('ul.rm_contact', { error: { code: 404, message: 'Contact not found' } })
    await expect(client().call('ul.lookup', ['location', 'nobody@kam.lab'])).rejects.toMatchObject({
      code: 'KAMAILIO_RPC_FAILED',
      rpcCode: 500,
      retryable: false,
      message: 'ul.lookup: AOR not found in location table',
    })
    await expect(client().call('ul.rm_contact', ['location', 'a@b', 'sip:a@b'])).rejects.toMatchObject({ rpcCode: 404 })
  })

  it('does not wait for ever for an answer that never comes', async () => {
    server.answers.set('ul.dump', 'silence')
    await expect(client(150).call('ul.dump')).rejects.toMatchObject({ code: 'KAMAILIO_UNREACHABLE', retryable: true })
  })

  it('asks address by address when the whole list gives no answer', async () => {
    server.answers.set('ul.dump', 'silence')
    const rpc = client()
    const brief = { Domains: [{ Domain: { AoRs: [{ AoR: 'bob@kam.lab' }] } }] }
    const half = {
      call: (method: KamailioRpcMethod, parameters?: readonly (string | number)[]) =>
        parameters?.[0] === 'brief' ? Promise.resolve(brief) : rpc.call(method, parameters),
    }
    const contacts = await readContacts(half, { boot: 'b', nowUs: 1_795_232_476_000_000 })
    expect(contacts).toMatchObject([
      { aor: 'bob@kam.lab', contactId: 'uloc-6b0112ba-3ad3-6', expiresAt: 1_795_232_775_000_000, transport: 'udp' },
    ])
  })

  it('never sends a method that is not on the list, nor a parameter that could start another header', async () => {
    for (const method of ['secfilter.print', 'core.kill', ''])
      await expect(client().call(method as KamailioRpcMethod)).rejects.toMatchObject({ code: 'KAMAILIO_BAD_CALL' })
    for (const parameter of ['a\r\nTo: b', 'a\0', Number.NaN, 1.5])
      await expect(client().call('ul.rm', [parameter])).rejects.toMatchObject({ code: 'KAMAILIO_BAD_CALL' })
    expect(server.calls).toEqual([])
  })

  it('tells what is no JSON-RPC from a node that is away, and shows no password', async () => {
    const other = createServer((_, response) => response.writeHead(403).end('<html>no</html>')).listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const rpc = new KamailioRpc({ url: `http://u:s3cret@127.0.0.1:${port}/RPC` })
    await expect(rpc.call('core.info')).rejects.toMatchObject({ code: 'KAMAILIO_REFUSED' })
    other.closeAllConnections()
    other.close()
    await once(other, 'close')
    const error = await rpc.call('core.info').catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'KAMAILIO_UNREACHABLE' })
    expect(String(error)).not.toContain('s3cret')
  })
})
