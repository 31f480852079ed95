/** What the folder holds on the disk, and what happens when that is not as it should be. */
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { ObjectStore } from '@trunkline/ports'
import { openFolderObjectStore } from './folder-object-store.js'
import { INCOMING } from './write-object.js'

const HOUR_S = 3600
const signing = { secret: 'a secret of the test', baseUrl: 'http://127.0.0.1/objects' }

describe('the folder of objects', () => {
  let parent: string
  let directory: string
  let store: ObjectStore
  const key = 'recordings/2026/1.wav'
  const put = (text: string, of = key) => store.put({ key: of, body: Buffer.from(text), contentType: 'audio/wav' })
  const text = async (of = key) => (await buffer(await store.get(of))).toString()

  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'trunkline-objects-'))
    directory = join(parent, 'objects')
    store = openFolderObjectStore({ directory, signing })
  })
  afterEach(async () => {
    await store.close()
    rmSync(parent, { recursive: true })
  })

  it('has each object under its key, bytes first, readable by nobody else', async () => {
    await put('RIFF....')
    const file = join(directory, key)
    expect(readFileSync(file).subarray(0, 8).toString()).toBe('RIFF....')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(statSync(join(directory, 'recordings')).mode & 0o777).toBe(0o700)
    expect(statSync(join(directory, INCOMING)).mode & 0o777).toBe(0o700)
  })

  it('drops folders that a delete leaves empty, and no others', async () => {
    await put('1')
    await put('2', 'recordings/2025/2.wav')
    await store.delete(key)
    expect(readdirSync(join(directory, 'recordings'))).toEqual(['2025'])
    await store.delete('recordings/2025/2.wav')
    expect(readdirSync(directory)).toEqual([INCOMING])
  })

  it('refuses a key that is a folder of another, and has nothing below an object', async () => {
    await put('1')
    const refused = { code: 'INVALID_OBJECT_REQUEST' }
    await expect(put('2', 'recordings/2026')).rejects.toMatchObject(refused)
    await expect(put('2', `${key}/below`)).rejects.toMatchObject(refused)
    expect(await store.head(`${key}/below`)).toBeUndefined()
    await expect(store.get(`${key}/below`)).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' })
    await store.delete(`${key}/below`)
    expect(await text()).toBe('1')
    expect(readdirSync(join(directory, INCOMING))).toEqual([])
  })

  it('follows no link out of the folder', async () => {
    const outside = join(parent, 'outside')
    mkdirSync(join(outside, '2026'), { recursive: true })
    writeFileSync(join(outside, '2026/1.wav'), 'secret')
    symlinkSync(outside, join(directory, 'recordings'))
    const refused = { code: 'OBJECT_STORE_REFUSED' }
    await expect(put('evil')).rejects.toMatchObject(refused)
    await expect(store.get(key)).rejects.toMatchObject(refused)
    await expect(store.head(key)).rejects.toMatchObject(refused)
    await expect(store.delete(key)).rejects.toMatchObject(refused)
    expect(readFileSync(join(outside, '2026/1.wav'), 'utf8')).toBe('secret')
    expect(readdirSync(join(directory, INCOMING))).toEqual([])
  })

  it('neither reads nor writes through a link in the place of an object', async () => {
    const outside = join(parent, 'outside')
    writeFileSync(outside, 'secret')
    symlinkSync(outside, join(directory, 'link'))
    expect(await store.head('link')).toBeUndefined()
    await expect(store.get('link')).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' })
    await put('mine', 'link')
    expect(await text('link')).toBe('mine')
    await store.delete('link')
    expect(readFileSync(outside, 'utf8')).toBe('secret')
  })

  it.each([
    ['cut off', (file: string) => truncateSync(file, 100)],
    ['emptied', (file: string) => truncateSync(file, 0)],
    ['lengthened', (file: string) => writeFileSync(file, 'x', { flag: 'a' })],
    [
      'lengthened in front',
      (file: string) => writeFileSync(file, Buffer.concat([Buffer.from('x'), readFileSync(file)])),
    ],
    ['of something else', (file: string) => writeFileSync(file, 'x'.repeat(5000))],
  ])('says that an object is damaged whose file is %s', async (_, damage) => {
    await put('x'.repeat(1000))
    damage(join(directory, key))
    const mismatch = { code: 'CHECKSUM_MISMATCH', message: expect.stringContaining(key) }
    await expect(store.head(key)).rejects.toMatchObject(mismatch)
    await expect(store.get(key)).rejects.toMatchObject(mismatch)
  })

  it('fails at the end of an object of which a byte has changed on the disk', async () => {
    await put('x'.repeat(1000))
    const file = join(directory, key)
    const bytes = readFileSync(file)
    bytes[500] = 0x79
    writeFileSync(file, bytes)
    const stream = await store.get(key)
    await expect(buffer(stream)).rejects.toMatchObject({ code: 'CHECKSUM_MISMATCH' })
  })

  it('removes files that a dead process left half-written, and leaves those of the living', async () => {
    const [old, young] = [join(directory, INCOMING, 'old'), join(directory, INCOMING, 'young')]
    for (const file of [old, young]) writeFileSync(file, 'half')
    const anHourAgo = Date.now() / 1000 - HOUR_S - 1
    utimesSync(old, anHourAgo, anHourAgo)
    await openFolderObjectStore({ directory, signing }).close()
    expect(readdirSync(join(directory, INCOMING))).toEqual(['young'])
  })

  it('keeps the old object when the new one cannot be written, and says so', async () => {
    await put('old')
    const body = Readable.from([Buffer.from('new')])
    rmSync(join(directory, INCOMING), { recursive: true })
    const unavailable = { code: 'OBJECT_STORE_UNAVAILABLE', retryable: true }
    await expect(store.put({ key, body, contentType: 'audio/wav' })).rejects.toMatchObject(unavailable)
    expect(body.destroyed).toBe(true)
    expect(await text()).toBe('old')
  })

  it('cannot be opened where a file is in the way, nor with a secret that can be guessed', () => {
    writeFileSync(join(parent, 'file'), '')
    const open = (more: object) => openFolderObjectStore({ directory, signing, ...more })
    expect(() => open({ directory: join(parent, 'file') })).toThrow(
      expect.objectContaining({ code: 'OBJECT_STORE_UNAVAILABLE' }),
    )
    expect(() => open({ signing: { ...signing, secret: 'short' } })).toThrow(TypeError)
  })
})
