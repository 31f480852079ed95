import { describe, expect, it } from '@jest/globals'
import { contentDisposition } from '../content-disposition.js'
import type { ObjectStore } from '../object-store.js'

/** The part of the contract that is about signed addresses; asked for with plain HTTP and no credentials. */
export function objectAddressContract(current: () => ObjectStore): void {
  describe('signed addresses', () => {
    const key = 'recordings/a/1.wav'
    const content = Buffer.from('0123456789')
    const put = () => current().put({ key, body: content, contentType: 'audio/wav' })
    const sign = (filename?: string, expiresInMs = 60_000) =>
      current().signUrl(key, filename === undefined ? { expiresInMs } : { expiresInMs, filename })
    const refused = async (address: string) => {
      const answer = await fetch(address)
      expect(await answer.text()).not.toContain('0123')
      return answer.status === 403
    }

    it('gives the bytes, their type and the proposed file name', async () => {
      await put()
      const answer = await fetch(await sign('call 7.wav'))
      expect(answer.status).toBe(200)
      expect(Buffer.from(await answer.arrayBuffer())).toEqual(content)
      expect(answer.headers.get('content-type')).toBe('audio/wav')
      expect(answer.headers.get('content-disposition')).toMatch(/^(attachment|inline); filename="call 7.wav"$/)
    })

    it('needs no file name', async () => {
      await put()
      expect(await (await fetch(await sign())).text()).toBe('0123456789')
    })

    it('never lets what is no sound open in the browser', async () => {
      await current().put({ key, body: Buffer.from('<script>alert(1)</script>'), contentType: 'text/html' })
      for (const filename of [undefined, 'x.html']) {
        const answer = await fetch(await sign(filename))
        expect(answer.headers.get('content-disposition')).toMatch(/^attachment/)
        await answer.text()
      }
    })

    it.each([
      'a"; filename=evil.exe',
      'x\r\nSet-Cookie: a=b',
      '../../etc/passwd',
      'Zoë & Jörg 50% +1.wav',
      '名前 😀.wav',
      '\0',
      "it's",
      '\ud800',
    ])('proposes the file name %j without harm', async (filename) => {
      await put()
      const answer = await fetch(await sign(filename))
      expect(await answer.text()).toBe('0123456789')
      const header = answer.headers.get('content-disposition')
      expect([contentDisposition('attachment', filename), contentDisposition('inline', filename)]).toContain(header)
      expect(answer.headers.get('set-cookie')).toBeNull()
    })

    it('gives a range', async () => {
      await put()
      const address = await sign()
      const part = async (range: string) => {
        const answer = await fetch(address, { headers: { range } })
        return [answer.status, answer.headers.get('content-range'), await answer.text()]
      }
      expect(await part('bytes=2-4')).toEqual([206, 'bytes 2-4/10', '234'])
      expect(await part('bytes=7-')).toEqual([206, 'bytes 7-9/10', '789'])
      expect(await part('bytes=-3')).toEqual([206, 'bytes 7-9/10', '789'])
      expect(await part('bytes=8-99')).toEqual([206, 'bytes 8-9/10', '89'])
      const past = await fetch(address, { headers: { range: 'bytes=10-' } })
      expect(past.status).toBe(416)
      await past.text()
    })

    it('is refused when key, file name, expiry or signature were changed', async () => {
      await put()
      await current().put({ key: 'recordings/b/1.wav', body: content, contentType: 'audio/wav' })
      const address = await sign('call.wav')
      expect(await refused(address.replace('/a/1', '/b/1'))).toBe(true)
      expect(await refused(address.replace('call.wav', 'evil.exe'))).toBe(true)
      const expiry = /(X-Amz-Date=|expires=)(\d)/
      expect(address).toMatch(expiry)
      expect(
        await refused(address.replace(expiry, (_, name: string, digit: string) => name + (Number(digit) + 1))),
      ).toBe(true)
      const signature = /([Ss]ignature=)(.)/
      expect(address).toMatch(signature)
      const other = address.replace(signature, (_, name: string, first: string) => name + (first === 'a' ? 'b' : 'a'))
      expect(await refused(other)).toBe(true)
      expect(await refused(address.replace(/[^?&]*[Ss]ignature=[^&]*/, ''))).toBe(true)
      expect(await refused(address.split('?')[0]!)).toBe(true)
      expect((await fetch(address)).status).toBe(200)
    })

    it('is refused once it has expired', async () => {
      await put()
      const address = await sign(undefined, 5000)
      const early = await fetch(address)
      expect([early.status, await early.text()]).toEqual([200, '0123456789'])
      await new Promise((resolve) => setTimeout(resolve, 7200))
      expect(await refused(address)).toBe(true)
    })

    it('allows no writing and no deleting', async () => {
      await put()
      const address = await sign()
      for (const method of ['PUT', 'POST', 'DELETE']) {
        const answer = await fetch(address, { method, ...(method === 'DELETE' ? {} : { body: 'evil' }) })
        expect(answer.ok).toBe(false)
        await answer.text()
      }
      expect(await (await fetch(address)).text()).toBe('0123456789')
    })

    it('says 404 when the object is gone', async () => {
      const answer = await fetch(await sign())
      expect(answer.status).toBe(404)
      await answer.text()
    })

    it.each([0, -1, Number.NaN, 8 * 24 * 3600 * 1000, Infinity])('cannot expire in %d ms', async (expiresInMs) => {
      await expect(sign(undefined, expiresInMs)).rejects.toMatchObject({ code: 'INVALID_OBJECT_REQUEST' })
    })
  })
}
