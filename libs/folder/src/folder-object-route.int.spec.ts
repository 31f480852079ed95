import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { ObjectStore } from '@trunkline/ports'
import { folderObjectRoute } from './folder-object-route.js'
import { openFolderObjectStore } from './folder-object-store.js'
import { serveRoute, type RouteServer } from './testing/serve-route.js'

describe('the route that serves signed addresses of the folder', () => {
  let server: RouteServer
  let directory: string
  let store: ObjectStore
  let signing: { secret: string; baseUrl: string }
  const key = 'recordings/1.wav'
  const put = (body: Buffer, contentType = 'audio/wav') => store.put({ key, body, contentType })
  const sign = (filename?: string) =>
    store.signUrl(key, filename === undefined ? { expiresInMs: 60_000 } : { expiresInMs: 60_000, filename })
  const ask = (url: string, method = 'GET', headers: Record<string, string> = {}) =>
    server.route!({ method, url: url.replace(server.origin, ''), headers })

  beforeAll(async () => {
    server = await serveRoute()
  })
  afterAll(() => server.close())
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'trunkline-objects-'))
    signing = { secret: 'a secret of the test', baseUrl: `${server.origin}/objects/` }
    store = openFolderObjectStore({ directory, signing })
    server.route = folderObjectRoute({ directory, signing })
  })
  afterEach(async () => {
    await store.close()
    rmSync(directory, { recursive: true })
  })

  it('answers HEAD with the headers of GET and no body', async () => {
    await put(Buffer.from('0123456789'))
    const address = await sign('a.wav')
    const [head, get] = [await fetch(address, { method: 'HEAD' }), await fetch(address)]
    expect(head.status).toBe(200)
    for (const name of ['content-length', 'content-type', 'content-disposition', 'etag', 'accept-ranges'])
      expect([name, head.headers.get(name)]).toEqual([name, get.headers.get(name)])
    expect(head.headers.get('content-length')).toBe('10')
    expect(await head.text()).toBe('')
    expect(await get.text()).toBe('0123456789')
  })

  it('forbids to guess the type, to run anything, and to keep the address', async () => {
    await put(Buffer.from('<svg onload="alert(1)"/>'), 'image/svg+xml')
    const { headers } = await fetch(await sign())
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; sandbox")
    expect(headers.get('cache-control')).toBe('private, no-store')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('content-disposition')).toBe('attachment')
  })

  it('lets sound play in the browser', async () => {
    await put(Buffer.from('1'))
    expect((await fetch(await sign('1.wav'))).headers.get('content-disposition')).toBe('inline; filename="1.wav"')
  })

  it('goes on with a range only of the object that the client has begun with', async () => {
    await put(Buffer.from('old old'))
    const address = await sign()
    const { etag = '' } = (await ask(address, 'HEAD')).headers
    const part = async (ifRange: string) => {
      const { status, body } = await ask(address, 'GET', { range: 'bytes=4-', 'if-range': ifRange })
      return [status, (await buffer(body!)).toString()]
    }
    expect(await part(etag)).toEqual([206, 'old'])
    await put(Buffer.from('new new'))
    expect(await part(etag)).toEqual([200, 'new new'])
    expect(await part('Sat, 21 Nov 2026 08:00:00 GMT')).toEqual([200, 'new new'])
  })

  it.each([
    ['bytes=0-0', 206, '0'],
    ['bytes=-99', 206, '0123456789'],
    ['BYTES=8-', 206, '89'],
    ['bytes=5-2', 200, '0123456789'],
    ['bytes=0-1,3-4', 200, '0123456789'],
    ['bytes=-', 200, '0123456789'],
    ['bytes=x-', 200, '0123456789'],
    ['lines=0-1', 200, '0123456789'],
  ])('answers the range %s with %d', async (range, status, text) => {
    await put(Buffer.from('0123456789'))
    const answer = await fetch(await sign(), { headers: { range } })
    expect([answer.status, await answer.text()]).toEqual([status, text])
  })

  it.each(['bytes=10-', 'bytes=-0', 'bytes=99-100'])('says that %s lies past the end', async (range) => {
    await put(Buffer.from('0123456789'))
    const answer = await ask(await sign(), 'GET', { range })
    expect([answer.status, answer.headers['content-range']]).toEqual([416, 'bytes */10'])
  })

  it('serves an empty object', async () => {
    await put(Buffer.alloc(0))
    const answer = await fetch(await sign())
    expect([answer.status, answer.headers.get('content-length'), await answer.text()]).toEqual([200, '0', ''])
    expect((await fetch(await sign(), { headers: { range: 'bytes=0-' } })).status).toBe(416)
  })

  it.each([
    ['/objects/../objects/recordings/1.wav', 'dots'],
    ['/objects/recordings%2f1.wav', 'an escaped slash'],
    ['/objects/%72ecordings/1.wav', 'an escaped letter'],
    ['/objects//recordings/1.wav', 'an empty segment'],
    ['/other/recordings/1.wav', 'another path'],
    ['/objects/', 'no key'],
    ['/objects', 'nothing'],
  ])('refuses %s (%s) with the query of a good address', async (path) => {
    await put(Buffer.from('1'))
    const query = (await sign()).split('?')[1]!
    expect((await ask(`${path}?${query}`)).status).toBe(403)
    // As it is on the wire: clients such as fetch tidy a path up first.
    const status = await new Promise((resolve, reject) => {
      const { port } = new URL(server.origin)
      request({ port, path: `${path}?${query}`, agent: false }, (answer) => resolve(answer.resume().statusCode))
        .on('error', reject)
        .end()
    })
    expect(status).toBe(403)
  })

  it('refuses parameters that are there twice, and a signature of another secret', async () => {
    await put(Buffer.from('1'))
    const address = await sign('a.wav')
    expect((await ask(address)).status).toBe(200)
    for (const more of ['&filename=evil.exe', '&expires=99999999999', '&signature=x'])
      expect((await ask(address + more)).status).toBe(403)
    const other = openFolderObjectStore({ directory, signing: { ...signing, secret: 'another secret of the test' } })
    expect((await ask(await other.signUrl(key, { expiresInMs: 60_000 }))).status).toBe(403)
    await other.close()
  })

  it('can be mounted where a proxy leads to', async () => {
    await put(Buffer.from('1'))
    const route = folderObjectRoute({ directory, signing, path: '/inside' })
    const url = (await sign()).replace(`${server.origin}/objects/`, '/inside/')
    const { status, body } = await route({ method: 'GET', url, headers: {} })
    expect([status, (await buffer(body!)).toString()]).toEqual([200, '1'])
  })

  it('takes no other method', async () => {
    const { status, headers } = await ask(await sign(), 'PUT')
    expect([status, headers['allow']]).toEqual([405, 'GET, HEAD'])
  })

  it('cuts the connection rather than give damaged bytes as whole', async () => {
    await put(Buffer.alloc(1_000_000, 'x'))
    const file = join(directory, key)
    const bytes = readFileSync(file)
    bytes[999_000] = 0x79
    writeFileSync(file, bytes)
    const answer = await fetch(await sign())
    await expect(answer.arrayBuffer()).rejects.toThrow()
  })

  it('answers 500 for a file that is no object, and 503 when the folder is gone', async () => {
    await put(Buffer.from('1'))
    const address = await sign()
    writeFileSync(join(directory, key), 'x')
    expect((await ask(address)).status).toBe(500)
    rmSync(directory, { recursive: true })
    const { status, body } = await ask(address)
    expect([status, JSON.parse((await buffer(body!)).toString())]).toEqual([
      503,
      { error: { code: 'UNAVAILABLE', message: 'the object cannot be read now', retryable: true } },
    ])
    store = openFolderObjectStore({ directory, signing })
  })
})
