/** Children run the built library (`npm run build`) and are killed with SIGKILL in the middle of putting objects. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { createInterface } from 'node:readline'
import { expect, it } from '@jest/globals'
import { openFolderObjectStore } from './folder-object-store.js'
import { INCOMING } from './write-object.js'

const ROUNDS = 6
const KEYS = 3
const SIZE = 600_000
const signing = { secret: 'a secret of the test', baseUrl: 'http://127.0.0.1/objects' }

/** Replaces the same few objects again and again by ones that begin with their number, and tells each that is done. */
const PUT = `
  import { openFolderObjectStore } from '@trunkline/folder'
  const store = openFolderObjectStore({ directory: process.argv[1], signing: ${JSON.stringify(signing)} })
  const one = async (key) => {
    for (let number = Number(process.argv[2]); ; number++) {
      const body = Buffer.alloc(${SIZE} + number, String(number).padStart(10, '0'))
      await store.put({ key, body, contentType: 'audio/x-' + number })
      process.stdout.write(key + ' ' + number + '\\n')
    }
  }
  await Promise.all(Array.from({ length: ${KEYS} }, (_, index) => one('many/key-' + index)))`

async function putAndKill(args: readonly string[], afterMs: number): Promise<Map<string, number>> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', PUT, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const done = new Map<string, number>()
  for await (const line of createInterface({ input: child.stdout })) {
    if (done.size === 0) setTimeout(() => child.kill('SIGKILL'), afterMs)
    const [key = '', number] = line.split(' ')
    done.set(key, Number(number))
  }
  return done
}

it('a process that is killed in the middle leaves each object whole, as it last told or one newer', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'trunkline-kill-'))
  try {
    let halfWritten = 0
    let next = 0
    for (let round = 0; round < ROUNDS; round++) {
      const done = await putAndKill([directory, String(next)], 30 + round * 13)
      expect(done.size).toBeGreaterThan(0)
      halfWritten += readdirSync(join(directory, INCOMING)).length
      const store = openFolderObjectStore({ directory, signing })
      for (const [key, last] of done) {
        const info = (await store.head(key))!
        const bytes = await buffer(await store.get(key))
        const number = Number(bytes.toString('latin1', 0, 10))
        expect([last, last + 1]).toContain(number)
        expect(info).toMatchObject({ size: SIZE + number, contentType: `audio/x-${number}` })
        expect(createHash('sha256').update(bytes).digest('hex')).toBe(info.sha256)
        next = Math.max(next, number + 1)
      }
      await store.close()
    }
    // Else the moments were badly chosen, and this test proves little.
    expect(halfWritten).toBeGreaterThan(0)
    await openFolderObjectStore({ directory, signing, staleMs: -1000 }).close()
    expect(readdirSync(join(directory, INCOMING))).toEqual([])
  } finally {
    rmSync(directory, { recursive: true })
  }
})
