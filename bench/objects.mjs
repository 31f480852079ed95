// Put and get through both object stores, against the bare work: SHA-256 and writing, syncing or reading a file; the SDK's
// own calls on the same S3 server. Recordings of 1 MB, eight at once, and one of 64 MB. Prints MB/s, the ratio to the
// bare work, and the memory that a large stream takes. Needs the build.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { open, readFile, rename } from 'node:fs/promises'
import { createHash, randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { openFolderObjectStore } from '@trunkline/folder'
import { createS3Bucket, openS3ObjectStore } from '@trunkline/s3'
import { S3Server } from '../test/support/s3-server.ts'
import { alternate, print } from './common.mjs'

const MB = 1e6
const SMALL = { bytes: randomBytes(1 * MB), count: 64, atOnce: 8 }
const LARGE = { bytes: randomBytes(64 * MB), count: 1, atOnce: 1 }
const contentType = 'audio/wav'
const folder = mkdtempSync(join(tmpdir(), 'trunkline-bench-'))
mkdirSync(join(folder, 'bare'))
const server = await S3Server.start()
const bucket = 'bench'
await createS3Bucket({ ...server.options, bucket })
const bare = new S3Client({
  ...server.options,
  forcePathStyle: true,
  requestChecksumCalculation: 'WHEN_REQUIRED',
  responseChecksumValidation: 'WHEN_REQUIRED',
})
const stores = {
  folder: openFolderObjectStore({
    directory: join(folder, 'objects'),
    signing: { secret: 'a secret of the bench', baseUrl: 'http://127.0.0.1/objects' },
  }),
  s3: openS3ObjectStore({ ...server.options, bucket }),
}

/** Runs `work` for each object of the size and gives MB/s. */
async function rate({ bytes, count, atOnce }, work) {
  const started = performance.now()
  let next = 0
  const worker = async () => {
    while (next < count) await work(String(next++), bytes)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return (bytes.length * count) / MB / ((performance.now() - started) / 1000)
}

async function drain(stream) {
  let size = 0
  for await (const piece of stream) size += piece.length
  return size
}

const path = (name) => join(folder, 'bare', name)
const put = (store) => (key, body) => store.put({ key, body, contentType })
const get = (store) => async (key) => drain(await store.get(key))
const work = {
  'put, bare file with SHA-256, fsync, rename': async (name, bytes) => {
    createHash('sha256').update(bytes).digest()
    const file = await open(path(`${name}.draft`), 'w')
    await file.writeFile(bytes)
    await file.sync()
    await file.close()
    await rename(path(`${name}.draft`), path(name))
  },
  'put, folder store': put(stores.folder),
  'put, bare SDK': (Key, Body) =>
    Body.length > 8 * MB
      ? new Upload({ client: bare, partSize: 8 << 20, params: { Bucket: bucket, Key, Body } }).done()
      : bare.send(new PutObjectCommand({ Bucket: bucket, Key, Body })),
  'put, S3 store': put(stores.s3),
  'get, bare file with SHA-256': async (name) =>
    createHash('sha256')
      .update(await readFile(path(name)))
      .digest(),
  'get, folder store': get(stores.folder),
  'get, bare SDK': async (Key) => drain((await bare.send(new GetObjectCommand({ Bucket: bucket, Key }))).Body),
  'get, S3 store': get(stores.s3),
}

async function measure(title, size) {
  const candidates = Object.fromEntries(Object.entries(work).map(([name, each]) => [name, () => rate(size, each)]))
  await alternate(candidates, 1)
  const results = await alternate(candidates, 5)
  const rows = Object.entries(results).map(([name, value], index, all) => [
    name,
    value,
    value / all[index - (index % 2)][1],
  ])
  print(title, rows)
}

/** Growth of the resident memory, MB, while a stream of `size` bytes is put. */
async function memory(store, size) {
  const piece = randomBytes(1 * MB)
  const pieces = function* () {
    for (let sent = 0; sent < size; sent += piece.length) yield piece
  }
  const before = process.memoryUsage.rss()
  let most = before
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 10)
  await store.put({ key: 'stream', body: Readable.from(pieces(), { objectMode: false }), contentType })
  clearInterval(watch)
  return (most - before) / MB
}

try {
  await measure('objects: 1 MB, eight at once, MB/s', SMALL)
  await measure('objects: 64 MB, MB/s', LARGE)
  process.stdout.write('\nobjects: growth of memory while a stream of 400 MB is put\n')
  for (const [name, store] of Object.entries(stores))
    process.stdout.write(`  ${name} store: ${Math.round(await memory(store, 400 * MB))} MB\n`)
} finally {
  bare.destroy()
  await Promise.all(Object.values(stores).map((store) => store.close()))
  await server.dispose()
  rmSync(folder, { recursive: true })
}
