/** A real process (of the built lib, `npm run build`) that spools is killed without warning. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Spool } from './spool.js'

const BUILT = pathToFileURL(join(import.meta.dirname, '../dist/index.js')).href
/** Takes facts while the log is away, and says up to which one they are safe. */
const PROGRAM = `
  const { FactSink, Spool } = await import('${BUILT}')
  const nothing = () => undefined
  const log = { append: () => Promise.reject(Object.assign(new Error('away'), { retryable: true })) }
  const logger = { info: nothing, warn: nothing, error: nothing }
  const sink = new FactSink({ log, spool: new Spool({ folder: process.argv[1] }), logger, retryMs: 5, patienceMs: 20 })
  for (let n = 0; ; ) {
    for (const end = n + 50; n < end; n++)
      sink.push({ id: 'core/' + n, type: 'switch.started', version: 1, key: 'pbx1', time: n, data: { core: 'c', seq: n } })
    await sink.kept()
    process.stdout.write(n + '\\n')
  }`

describe('a listener that is killed while the log is away', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'trunkline-killed-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it.each([60, 170, 310])('loses no fact that was safe and reorders none (killed after %i ms)', async (afterMs) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, folder], {
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    child.stdout.on('data', (data) => (said += String(data)))
    await once(child.stdout, 'data')
    await new Promise((resolve) => setTimeout(resolve, afterMs))
    const closed = once(child, 'close')
    child.kill('SIGKILL')
    await closed
    const safe = Number(said.slice(0, said.lastIndexOf('\n')).split('\n').at(-1))
    const spool = new Spool({ folder })
    const found: string[] = []
    for (let some = spool.peek(500); some.length > 0; some = spool.peek(500)) {
      found.push(...some.map(({ id }) => id))
      spool.take(some.length)
    }
    expect(safe).toBeGreaterThan(0)
    expect(found.length).toBeGreaterThanOrEqual(safe)
    expect(found).toEqual(found.map((_, n) => `core/${n}`))
  })
})
