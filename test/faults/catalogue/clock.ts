/** Clocks that jump. */
import { readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Fault } from '../fault.js'

const FILE = join(tmpdir(), `trunkline-clock-${process.pid}`)
const LIBRARY = /^libfaketimeMT\.so/
const HOUR_S = 3600

/** The library of Debian's package `libfaketime`, wherever this kind of machine has it. */
function library(): string {
  for (const folder of [
    '/usr/lib/x86_64-linux-gnu/faketime',
    '/usr/lib/aarch64-linux-gnu/faketime',
    '/usr/lib/faketime',
  ]) {
    try {
      const name = readdirSync(folder).find((one) => LIBRARY.test(one))
      if (name !== undefined) return join(folder, name)
    } catch {
      continue
    }
  }
  throw new Error('libfaketime is not installed (Debian package faketime)')
}

/** The clock on the wall follows the file; what measures how long something takes does not jump in life either. */
const jumping = () => ({
  LD_PRELOAD: library(),
  FAKETIME_TIMESTAMP_FILE: FILE,
  FAKETIME_CACHE_DURATION: '1',
  FAKETIME_DONT_FAKE_MONOTONIC: '1',
})

function move(seconds: number): void {
  writeFileSync(FILE, `${seconds < 0 ? '' : '+'}${seconds}\n`)
}

export const CLOCK: readonly Fault[] = [
  {
    name: 'clock-jumps',
    about: 'The clocks of the only listener and the only projector go forward by an hour, and back by more than one',
    roles: ['listener1', 'projector1'],
    traffic: { seconds: 9 },
    env: () => {
      move(0)
      return { listener1: jumping(), projector1: jumping() }
    },
    async make(site) {
      move(HOUR_S)
      await site.pause(2500, 3500)
      move(-HOUR_S)
      await site.pause(2500, 3500)
      move(0)
    },
  },
]
