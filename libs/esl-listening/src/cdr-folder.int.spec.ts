import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { Fact } from '@trunkline/domain'
import { CdrFolder, type CdrFolderOptions } from './cdr-folder.js'

const CAPTURED = join(import.meta.dirname, '../../../test/captures/freeswitch/ee-event-connection-gap/cdr')
const FILE = 'a_25938d12-0be3-447f-8f0e-dd0cc2f2701f.cdr.json'
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }

describe('the folder of mod_json_cdr', () => {
  let base: string
  let folder: string
  const told: Fact[] = []
  const open = (more: Partial<CdrFolderOptions> = {}) =>
    new CdrFolder({
      folder,
      stateFile: join(base, 'state', 'cdr.told'),
      switchName: 'pbx1',
      logger: silent,
      tell: (facts) => Promise.resolve(void told.push(...facts)),
      ...more,
    })
  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'trunkline-cdr-'))
    folder = join(base, 'cdr')
    mkdirSync(folder)
    told.length = 0
  })
  afterEach(() => rmSync(base, { recursive: true, force: true }))

  it('tells each record once, also over a restart', async () => {
    cpSync(CAPTURED, folder, { recursive: true })
    const first = open()
    await first.scan()
    await first.scan()
    await first.close()
    expect(new Set(told.map(({ id }) => id)).size).toBe(10)
    expect(told).toHaveLength(10)
    const again = open()
    await again.scan()
    await again.close()
    expect(told).toHaveLength(10)
    expect(told[0]).toMatchObject({
      type: 'channel.recorded',
      id: expect.stringMatching(/^cdr\/[0-9a-f-]+\/[0-9a-f-]+$/),
    })
  })

  it('waits for a file that is half written, and for bytes that are no UTF-8 it does not stumble', async () => {
    const whole = readFileSync(join(CAPTURED, FILE))
    writeFileSync(join(folder, FILE), whole.subarray(0, 1000))
    const cdr = open()
    await cdr.scan()
    expect(told).toEqual([])
    const name = Buffer.from('"caller_id_name":"')
    const at = whole.indexOf(name) + name.length
    const broken = Buffer.concat([whole.subarray(0, at), Buffer.from([0xe9, 0xff]), whole.subarray(at)])
    writeFileSync(join(folder, FILE), broken)
    await cdr.scan()
    await cdr.close()
    expect(told).toHaveLength(1)
  })

  it('does not count a file as told before its fact is safe', async () => {
    cpSync(join(CAPTURED, FILE), join(folder, FILE))
    const failing = open({ tell: () => Promise.reject(new Error('killed')) })
    await expect(failing.scan()).rejects.toThrow('killed')
    await failing.close()
    const again = open()
    await again.scan()
    await again.close()
    expect(told).toHaveLength(1)
  })

  it('passes over old files at the very first start, and tells them after an outage', async () => {
    const longAgo = Date.now() / 1000 - 10 * 86_400
    cpSync(join(CAPTURED, FILE), join(folder, FILE))
    utimesSync(join(folder, FILE), longAgo, longAgo)
    const first = open()
    await first.scan()
    expect(told).toEqual([])
    await first.close()
    const other = '06704e84-80bc-4f39-ac95-c5ad5e00833b.cdr.json'
    cpSync(join(CAPTURED, other), join(folder, other))
    utimesSync(join(folder, other), longAgo, longAgo)
    const again = open()
    await again.scan()
    await again.close()
    expect(told).toHaveLength(1)
  })
})
