import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { ListMultipartUploadsCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { ObjectStore } from '@trunkline/ports'
import { S3Server } from '../../../test/support/s3-server.js'
import { TcpProxy } from '../../../test/support/tcp-proxy.js'
import { abortStaleUploads } from './abort-stale-uploads.js'
import { createS3Bucket } from './create-s3-bucket.js'
import { s3Client } from './s3-client.js'
import { openS3ObjectStore } from './s3-object-store.js'
import type { S3ObjectStoreOptions } from './s3-options.js'

const MIB = 1024 * 1024
const UNAVAILABLE = { code: 'OBJECT_STORE_UNAVAILABLE', retryable: true }
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

describe('the S3 store in trouble', () => {
  let server: S3Server
  let proxy: TcpProxy
  let options: S3ObjectStoreOptions
  let store: ObjectStore
  const key = 'recordings/1.wav'
  const put = (body: Readable | Uint8Array, more: { sha256?: string } = {}) =>
    store.put({ key, body, contentType: 'audio/wav', ...more })
  const reopen = (more: Partial<S3ObjectStoreOptions>) => (store = openS3ObjectStore({ ...options, ...more }))
  const uploads = async () => {
    const client = s3Client({ ...options, endpoint: server.endpoint })
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: options.bucket }))
    client.destroy()
    return Uploads.length
  }

  const whenBegun = async () => {
    while ((await uploads()) === 0) await new Promise((resolve) => setTimeout(resolve, 20))
  }

  beforeAll(async () => {
    server = await S3Server.start()
  })
  afterAll(() => server.dispose())
  beforeEach(async () => {
    proxy = await TcpProxy.start(server.port)
    options = { ...server.options, endpoint: proxy.url, bucket: `t-${randomUUID()}`, idleMs: 15_000, attempts: 2 }
    await createS3Bucket(options)
    store = openS3ObjectStore(options)
  })
  afterEach(async () => {
    await store.close()
    await proxy.close()
  })

  it('puts again after the server was killed in the middle of a multipart upload', async () => {
    const content = randomBytes(30 * MIB)
    const slow = async function* () {
      for (let at = 0; at < content.length; at += MIB) {
        if (at === 20 * MIB) await whenBegun().then(() => server.kill())
        yield content.subarray(at, at + MIB)
      }
    }
    await expect(put(Readable.from(slow()), { sha256: sha256(content) })).rejects.toMatchObject(UNAVAILABLE)
    await server.start()
    expect(await store.head(key)).toBeUndefined()
    expect(await uploads()).toBe(1)
    await put(content)
    expect(sha256(await buffer(await store.get(key)))).toBe(sha256(content))
    expect(await abortStaleUploads(options, 3600_000)).toBe(0)
    expect(await abortStaleUploads(options, 0)).toBe(1)
    expect(await uploads()).toBe(0)
    expect(sha256(await buffer(await store.get(key)))).toBe(sha256(content))
  })

  it('has what was put before the server was killed', async () => {
    const info = await put(randomBytes(MIB))
    await server.restart()
    expect(await store.head(key)).toEqual(info)
    expect(sha256(await buffer(await store.get(key)))).toBe(info.sha256)
  })

  it('never passes a cut connection off as the end of an object, whole or range', async () => {
    await put(randomBytes(12 * MIB))
    for (const range of [undefined, { from: 5 }, { from: 5, to: 11 * MIB }]) {
      const before = proxy.passed.down
      proxy.down = (bytes) => {
        if (proxy.passed.down - before > 3 * MIB) setImmediate(() => proxy.cut())
        return bytes
      }
      const stream = await store.get(key, range)
      await expect(buffer(stream)).rejects.toMatchObject(UNAVAILABLE)
    }
  })

  it('gives up on a server that is silent', async () => {
    await put(randomBytes(10))
    await store.close()
    // only now: what is to succeed has more time
    reopen({ idleMs: 1500 })
    server.freeze()
    const started = performance.now()
    try {
      await expect(store.head(key)).rejects.toMatchObject(UNAVAILABLE)
      await expect(put(randomBytes(10))).rejects.toMatchObject(UNAVAILABLE)
    } finally {
      server.thaw()
    }
    // Twice two attempts of 1.5 s each.
    expect(performance.now() - started).toBeLessThan(20_000)
    await store.close()
    reopen({})
    expect(await store.head(key)).toMatchObject({ size: 10 })
  })

  it('gives up on a server that falls silent in the middle of an object', async () => {
    await put(randomBytes(4 * MIB))
    await store.close()
    reopen({ idleMs: 4000 })
    const before = proxy.passed.down
    proxy.down = (bytes) => (proxy.passed.down - before > MIB ? undefined : bytes)
    const stream = await store.get(key)
    await expect(buffer(stream)).rejects.toMatchObject(UNAVAILABLE)
  })

  it('says so when nobody listens', async () => {
    await proxy.close()
    await expect(store.head(key)).rejects.toMatchObject(UNAVAILABLE)
    await expect(put(randomBytes(10))).rejects.toMatchObject(UNAVAILABLE)
    proxy = await TcpProxy.start(server.port)
  })

  it.each([
    ['a small object', 1000],
    ['a part of a large one', 9 * MIB],
  ])('stores nothing when a byte of %s was changed on its way', async (_, size) => {
    const marked = randomBytes(size)
    marked.write('a byte of this', size - 100)
    proxy.up = (bytes) => {
      const at = bytes.indexOf('a byte of this')
      if (at >= 0) bytes[at] = 0x62
      return bytes
    }
    for (const body of [marked, Readable.from([marked])])
      await expect(put(body)).rejects.toMatchObject({ code: 'CHECKSUM_MISMATCH', retryable: true })
    proxy.up = undefined
    expect(await store.head(key)).toBeUndefined()
    expect(await uploads()).toBe(0)
  })

  it('fails at the end of an object of which a byte was changed on its way back', async () => {
    const marked = Buffer.alloc(1000, '.')
    marked.write('a byte of this', 500)
    await put(marked)
    proxy.down = (bytes) => {
      const at = bytes.indexOf('a byte of this')
      if (at >= 0) bytes[at] = 0x62
      return bytes
    }
    const stream = await store.get(key)
    await expect(buffer(stream)).rejects.toMatchObject({ code: 'CHECKSUM_MISMATCH' })
  })

  it('tries again when the server is busy, and gives up after so many times', async () => {
    await put(randomBytes(10))
    const busy =
      'HTTP/1.1 503 Slow Down\r\ncontent-type: application/xml\r\nconnection: close\r\n\r\n' +
      '<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>'
    let times = 1
    proxy.answer = () => (times-- > 0 ? busy : undefined)
    proxy.cut()
    await store.close()
    reopen({})
    expect(await store.head(key)).toMatchObject({ size: 10 })
    await store.close()
    times = 1000
    reopen({})
    await expect(store.get(key)).rejects.toMatchObject({ ...UNAVAILABLE, message: expect.stringContaining('SlowDown') })
  })

  const settings: readonly [string, Partial<S3ObjectStoreOptions>, RegExp][] = [
    ['a bucket that is not there', { bucket: 'no-such-bucket' }, /NoSuchBucket.*create the bucket/],
    ['a wrong access key', { credentials: { accessKeyId: 'AKIANOBODY', secretAccessKey: 'x' } }, /access key/],
    ['a wrong secret key', { credentials: { accessKeyId: 'AKIATRUNKLINE', secretAccessKey: 'x' } }, /secret key/],
  ]
  it.each(settings)('says what to do about %s', async (_, more, advice) => {
    await store.close()
    reopen(more)
    const refused = { code: 'OBJECT_STORE_REFUSED', retryable: false }
    const told = { ...refused, message: expect.stringMatching(advice) }
    await expect(put(randomBytes(10))).rejects.toMatchObject(told)
    await expect(put(randomBytes(9 * MIB))).rejects.toMatchObject(told)
    await expect(store.get(key)).rejects.toMatchObject(told)
    await expect(store.head(key)).rejects.toMatchObject(refused)
  })

  it('takes checksums of parts too, where the service does, and a bucket that is there', async () => {
    await createS3Bucket(options)
    const keeping = openS3ObjectStore({ ...options, keepPartChecksums: true })
    const { sha256 } = await keeping.put({ key: 'kept/checksums', body: randomBytes(100), contentType: 'audio/ogg' })
    expect(await keeping.head('kept/checksums')).toMatchObject({ sha256, size: 100 })
    await keeping.close()
  })

  it('sends no checksum headers unless it is told to, since some services refuse them', async () => {
    let sent = ''
    proxy.up = (bytes) => {
      sent += bytes.toString('latin1')
      return bytes
    }
    await put(Buffer.alloc(10))
    await put(Buffer.alloc(9 * MIB))
    expect(sent).toMatch(/POST .*\?uploads/)
    expect(sent).not.toMatch(/x-amz-(sdk-)?checksum|x-amz-trailer|aws-chunked/i)
    await store.close()
    reopen({ keepPartChecksums: true })
    await put(Buffer.alloc(10))
    expect(sent).toMatch(/x-amz-checksum-sha256/i)
  })

  it('sends checksums of its parts along when it is told to', async () => {
    await store.close()
    reopen({ keepPartChecksums: true })
    const content = randomBytes(9 * MIB)
    await put(Readable.from([content]), { sha256: sha256(content) })
    expect(sha256(await buffer(await store.get(key)))).toBe(sha256(content))
  })

  it('reads what something else has put there', async () => {
    const client = s3Client(options)
    await client.send(
      new PutObjectCommand({ Bucket: options.bucket, Key: key, Body: 'foreign', ContentType: 'text/plain' }),
    )
    client.destroy()
    const info = { key, size: 7, sha256: sha256(Buffer.from('foreign')), contentType: 'text/plain' }
    expect(await store.head(key)).toEqual(info)
    expect((await buffer(await store.get(key))).toString()).toBe('foreign')
  })

  it('signs for the address that browsers use', async () => {
    await store.close()
    reopen({ endpoint: server.endpoint, publicEndpoint: proxy.url })
    await put(Buffer.from('0123'))
    const before = proxy.passed.up
    const address = await store.signUrl(key, { expiresInMs: 10_000 })
    expect(address.startsWith(`${proxy.url}/${options.bucket}/${key}?`)).toBe(true)
    expect(await (await fetch(address)).text()).toBe('0123')
    expect(proxy.passed.up).toBeGreaterThan(before)
  })

  it('says so when it cannot spool a stream, and lets the stream go', async () => {
    await store.close()
    reopen({ spoolDirectory: '/nowhere/at/all' })
    const body = Readable.from([randomBytes(9 * MIB), randomBytes(9 * MIB)])
    await expect(put(body)).rejects.toMatchObject(UNAVAILABLE)
    expect(body.destroyed).toBe(true)
  })
})
