import { createCipheriv, createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { ObjectStore, PutObject } from '../object-store.js'
import { objectAddressContract } from './object-address.contract.js'

export interface ObjectStoreUnderTest {
  readonly store: ObjectStore
  /** Opens the same store once more, as another process or after a restart would. */
  reopen(): Promise<ObjectStore>
  /** Names of what lies in the store and is no object: half-written files, uploads that were not completed. */
  rubbish(): Promise<readonly string[]>
  /**
   * The server behind it reads bytes and metadata in two steps, so that a read which meets a replacement may fail,
   * retryably. It may never give a mixture.
   */
  readonly readsInTwoSteps?: boolean
  /** Closes `store` and removes what it holds. */
  dispose(): Promise<void>
}

const MIB = 1024 * 1024
export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Bytes that repeat nowhere and are the same in each run. */
export function bytes(size: number, seed = 0): Buffer {
  const key = createHash('md5').update(String(seed)).digest()
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size))
}

/** A stream of them in pieces that fit no part and no page. */
export function streamOf(content: Buffer, pieceSize = 100_003): Readable {
  const pieces: Buffer[] = []
  for (let at = 0; at < content.length; at += pieceSize) pieces.push(content.subarray(at, at + pieceSize))
  return Readable.from(pieces, { objectMode: false })
}

function failing(content: Buffer, error: Error): Readable {
  const give = async function* () {
    yield* streamOf(content)
    throw error
  }
  return Readable.from(give(), { objectMode: false })
}

/** What every adapter of the object store promises. `open` gives an empty store. */
export function objectStoreContract(name: string, open: () => Promise<ObjectStoreUnderTest>): void {
  describe(`object store contract: ${name}`, () => {
    let subject: ObjectStoreUnderTest
    let store: ObjectStore
    const key = 'recordings/tenant=a/2026-11-21/call_7.wav'
    const whole = async (of = key) => buffer(await store.get(of))
    const put = (body: PutObject['body'], more: Partial<PutObject> = {}) =>
      store.put({ key, body, contentType: 'audio/wav', ...more })

    beforeEach(async () => {
      subject = await open()
      store = subject.store
    })
    afterEach(() => subject.dispose())

    const sizes = [0, 1, 5 * MIB - 1, 5 * MIB, 8 * MIB, 12 * MIB + 1]
    const announced = [true, false]
    it.each(sizes.flatMap((size) => announced.map((sure) => [size, sure] as const)))(
      'gives back %d bytes as they were put, from a buffer and from a stream (checksum announced: %s)',
      async (size, sure) => {
        for (const asStream of [false, true]) {
          const content = bytes(size, asStream ? 1 : 2)
          const info = { key, size, sha256: sha256(content), contentType: 'audio/wav' }
          const given = await put(asStream ? streamOf(content) : content, sure ? { sha256: info.sha256 } : {})
          expect(given).toEqual(info)
          expect(await store.head(key)).toEqual(info)
          expect(sha256(await whole())).toBe(info.sha256)
        }
        expect(await subject.rubbish()).toEqual([])
      },
    )

    it('takes a view on a part of a buffer, a checksum in capital letters, and a stream of text', async () => {
      const content = bytes(1000)
      const part = new Uint8Array(content.buffer, content.byteOffset + 10, 20)
      await put(part, { sha256: sha256(part).toUpperCase() })
      expect(await whole()).toEqual(content.subarray(10, 30))
      await put(Readable.from(['é', 'b']))
      expect((await whole()).toString()).toBe('éb')
    })

    it.each([
      ['a buffer', 100, false],
      ['a stream', 100, true],
      ['a large buffer', 12 * MIB, false],
      ['a large stream', 12 * MIB, true],
      ['a stream of exactly two parts', 16 * MIB, true],
    ])(
      'stores nothing when the announced checksum of %s is wrong, and keeps what was there',
      async (_, size, asStream) => {
        const wrong = { sha256: sha256(Buffer.from('other')) }
        const body = () => (asStream ? streamOf(bytes(size)) : bytes(size))
        const mismatch = { code: 'CHECKSUM_MISMATCH', retryable: true }
        await expect(put(body(), wrong)).rejects.toMatchObject(mismatch)
        expect(await store.head(key)).toBeUndefined()
        const { sha256: old } = await put(bytes(7, 1))
        await expect(put(body(), wrong)).rejects.toMatchObject(mismatch)
        expect(sha256(await whole())).toBe(old)
        expect(await subject.rubbish()).toEqual([])
      },
    )

    it.each([
      ['at once', 0, false],
      ['in the middle', 300_000, false],
      ['in the middle of a large object', 20 * MIB, false],
      ['in the middle of a large object whose checksum is known', 20 * MIB, true],
    ])('stores nothing when the source fails %s, tells its error, and leaves no rubbish', async (_, size, sure) => {
      const { sha256: old } = await put(bytes(7, 1))
      const error = Object.assign(new Error('the disk of the switch is gone'), { code: 'EIO', syscall: 'read' })
      const more = sure ? { sha256: sha256(bytes(size)) } : {}
      await expect(put(failing(bytes(size), error), more)).rejects.toBe(error)
      expect(sha256(await whole())).toBe(old)
      expect(await subject.rubbish()).toEqual([])
    })

    it('lets a body go that it does not read', async () => {
      const body = streamOf(bytes(10))
      await expect(put(body, { key: '../x' })).rejects.toMatchObject({ code: 'INVALID_OBJECT_REQUEST' })
      expect(body.destroyed).toBe(true)
    })

    it('gives the bytes of a range, both ends included, and cuts it at the end of the object', async () => {
      const content = bytes(1000)
      await put(content)
      const part = async (from: number, to?: number) =>
        buffer(await store.get(key, to === undefined ? { from } : { from, to }))
      expect(await part(0)).toEqual(content)
      expect(await part(10)).toEqual(content.subarray(10))
      expect(await part(0, 0)).toEqual(content.subarray(0, 1))
      expect(await part(10, 19)).toEqual(content.subarray(10, 20))
      expect(await part(990, 5000)).toEqual(content.subarray(990))
      expect(await part(999)).toEqual(content.subarray(999))
    })

    it('gives no bytes of a range past the end, nor of an empty object', async () => {
      await put(bytes(1000))
      expect(await buffer(await store.get(key, { from: 1000 }))).toHaveLength(0)
      expect(await buffer(await store.get(key, { from: 5000, to: 6000 }))).toHaveLength(0)
      await put(Buffer.alloc(0))
      expect(await buffer(await store.get(key, { from: 0 }))).toHaveLength(0)
    })

    it.each([{ from: -1 }, { from: 2, to: 1 }, { from: 0.5 }, { from: Number.NaN }, { from: 0, to: Infinity }])(
      'refuses the range %j',
      async (range) => {
        await put(bytes(10))
        await expect(store.get(key, range)).rejects.toMatchObject({ code: 'INVALID_OBJECT_REQUEST', retryable: false })
      },
    )

    it('shows one that replaces it old or new, but whole', async () => {
      const versions = [bytes(700_000, 1), bytes(900_001, 2)]
      const valid = new Map(versions.map((content) => [sha256(content), content.length]))
      await put(versions[0]!)
      let writing = true
      const write = async () => {
        for (let round = 0; round < 10; round++) await put(versions[(round + 1) % 2]!)
        writing = false
      }
      const look = async () => {
        const info = (await store.head(key))!
        expect(valid.has(info.sha256)).toBe(true)
        if (!subject.readsInTwoSteps) expect(valid.get(info.sha256)).toBe(info.size)
        try {
          const content = await whole()
          expect(valid.get(sha256(content))).toBe(content.length)
        } catch (error) {
          if (!subject.readsInTwoSteps || !(error as { retryable?: boolean }).retryable) throw error
        }
      }
      const read = async () => {
        for (let rounds = 0; writing || rounds < 3; rounds++) await look()
      }
      await Promise.all([write(), read(), read(), read()])
    })

    it('gives the old bytes to the end to whoever began to read before it was replaced or deleted', async () => {
      const content = bytes(2 * MIB)
      await put(content)
      const [one, two] = [await store.get(key), await store.get(key)]
      const reading = Promise.all([buffer(one), buffer(two)])
      await put(bytes(10))
      await store.delete(key)
      expect((await reading).map(sha256)).toEqual([sha256(content), sha256(content)])
    })

    it('replaces content type and checksum with the bytes', async () => {
      await put(bytes(10))
      await put(bytes(20), { contentType: 'text/plain; charset="utf-8"' })
      expect(await store.head(key)).toMatchObject({ size: 20, contentType: 'text/plain; charset="utf-8"' })
    })

    it('deletes, and does not mind what is not there', async () => {
      await put(bytes(10))
      await store.delete(key)
      await store.delete(key)
      await store.delete('never/was')
      expect(await store.head(key)).toBeUndefined()
      await expect(store.get(key)).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND', retryable: false })
      await put(bytes(11))
      expect(await whole()).toHaveLength(11)
    })

    it('has no object where there is only a folder of objects', async () => {
      await put(bytes(10))
      for (const other of ['recordings', 'recordings/tenant=a', 'recordings/tenant=a/nothing']) {
        expect(await store.head(other)).toBeUndefined()
        await expect(store.get(other)).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' })
        await expect(store.get(other, { from: 1 })).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' })
        await store.delete(other)
      }
      expect(await whole()).toHaveLength(10)
    })

    it.each([
      ...[
        '',
        '/',
        '/a',
        'a/',
        'a//b',
        '.',
        '..',
        '../a',
        'a/../b',
        'a/./b',
        'a/..',
        'a\\b',
        'C:\\x',
        'a\0b',
        'a b',
        'a\nb',
      ],
      ...['é', 'a%2e%2e', 'a?b', 'a#b', '~', 'x'.repeat(201), 'x/'.repeat(256) + 'x'],
    ])('refuses the key %j', async (wrong) => {
      const refused = { code: 'INVALID_OBJECT_REQUEST', retryable: false }
      await expect(put(bytes(1), { key: wrong })).rejects.toMatchObject(refused)
      await expect(store.head(wrong)).rejects.toMatchObject(refused)
      await expect(store.get(wrong)).rejects.toMatchObject(refused)
      await expect(store.delete(wrong)).rejects.toMatchObject(refused)
      await expect(store.signUrl(wrong, { expiresInMs: 1000 })).rejects.toMatchObject(refused)
    })

    it('takes any key that is allowed', async () => {
      const longest = `${'x/'.repeat(156)}${'y'.repeat(200)}`
      for (const each of ['a', '-', '=', '...', '.hidden', '-rf', 'a.b-c_d=e/F0', '.incoming/a', '.mpus/a', longest]) {
        await put(Buffer.from(each), { key: each })
        expect((await whole(each)).toString()).toBe(each)
        expect(await store.head(each)).toMatchObject({ key: each, size: each.length })
      }
    })

    it.each(['', 'wav', 'audio/wav\r\nx: y', 'audio/wäv', `audio/${'x'.repeat(300)}`])(
      'refuses the content type %j',
      async (contentType) => {
        await expect(put(bytes(1), { contentType })).rejects.toMatchObject({ code: 'INVALID_OBJECT_REQUEST' })
      },
    )

    it('refuses an announced checksum that is none', async () => {
      await expect(put(bytes(1), { sha256: 'abc' })).rejects.toMatchObject({ code: 'INVALID_OBJECT_REQUEST' })
    })

    it('takes many objects at once, in folders that come and go', async () => {
      const one = async (index: number) => {
        const own = `many/${index % 7}/${index}.bin`
        const content = bytes(1000 + index, index)
        await put(content, { key: own })
        expect(await whole(own)).toEqual(content)
        await store.delete(own)
        return store.head(own)
      }
      const gone = await Promise.all(Array.from({ length: 100 }, (_, index) => one(index)))
      expect(gone.every((info) => info === undefined)).toBe(true)
      expect(await subject.rubbish()).toEqual([])
    })

    it('ends with one of them, whole, when several put the same key at once', async () => {
      const contents = Array.from({ length: 8 }, (_, index) => bytes(50_000 + index, index))
      await Promise.all(contents.map((content) => put(content)))
      expect(contents.map(sha256)).toContain(sha256(await whole()))
    })

    it('has what was put for whoever opens it again', async () => {
      const info = await put(bytes(10))
      const again = await subject.reopen()
      expect(await again.head(key)).toEqual(info)
      expect(await buffer(await again.get(key))).toEqual(bytes(10))
      await again.close()
    })

    it('gives a reader who leaves early its peace', async () => {
      await put(bytes(3 * MIB))
      for (let round = 0; round < 20; round++) {
        const stream = await store.get(key)
        if (round % 2 === 0) for await (const _ of stream) break
        stream.destroy()
      }
      expect(await whole()).toHaveLength(3 * MIB)
    })

    it('finishes what is under way when it closes, and is unavailable then', async () => {
      const under = put(streamOf(bytes(2 * MIB)))
      await Promise.resolve()
      await store.close()
      expect(await under).toMatchObject({ size: 2 * MIB })
      const unavailable = { code: 'OBJECT_STORE_UNAVAILABLE', retryable: true }
      await expect(put(bytes(1))).rejects.toMatchObject(unavailable)
      await expect(store.head(key)).rejects.toMatchObject(unavailable)
      await expect(store.get(key)).rejects.toMatchObject(unavailable)
      await expect(store.delete(key)).rejects.toMatchObject(unavailable)
      await expect(store.signUrl(key, { expiresInMs: 1000 })).rejects.toMatchObject(unavailable)
      await store.close()
    })

    objectAddressContract(() => store)
  })
}
