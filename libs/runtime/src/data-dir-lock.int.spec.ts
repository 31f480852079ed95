import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { lockDataDir, shareDataDir } from './data-dir-lock.js'

const HOLD = `
  import { lockDataDir } from '@trunkline/runtime'
  try { lockDataDir(process.argv[1]); console.log('held'); setInterval(() => gc(), 50) }
  catch (error) { console.log(error.code); process.exit(3) }`
const args = (directory: string) => ['--expose-gc', '--input-type=module', '-e', HOLD, directory]

describe('lock of the data folder (children run the built libraries)', () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'trunkline-lock-'))
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  it('keeps a second process out, with a message that names the folder', () => {
    const release = lockDataDir(directory)
    expect(() => lockDataDir(directory)).toThrow(directory)
    const { status, stdout } = spawnSync(process.execPath, args(directory), { encoding: 'utf8' })
    expect({ status, stdout }).toEqual({ status: 3, stdout: 'DATA_DIR_IN_USE\n' })
    release()
    lockDataDir(directory)()
  })

  it('is shared by apps of different roles, and kept from who wants it alone', () => {
    const projector = shareDataDir(directory, 'projector')
    const listener = shareDataDir(directory, 'listener')
    expect(() => shareDataDir(directory, 'projector')).toThrow(/Another Trunkline process/)
    expect(() => lockDataDir(directory)).toThrow(/Another Trunkline process/)
    projector()
    listener()
    const alone = lockDataDir(directory)
    expect(() => shareDataDir(directory, 'projector')).toThrow(/Another Trunkline process/)
    alone()
  })

  it('is free again after its holder was killed', async () => {
    const holder = spawn(process.execPath, args(directory), { stdio: ['ignore', 'pipe', 'inherit'] })
    const exit = once(holder, 'exit')
    try {
      await once(holder.stdout, 'data')
      // A lock that nobody refers to must not be let go by the garbage collector.
      await new Promise((resolve) => setTimeout(resolve, 300))
      expect(() => lockDataDir(directory)).toThrow(/Another Trunkline process/)
    } finally {
      holder.kill('SIGKILL')
      await exit
    }
    lockDataDir(directory)()
  })
})
