import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { mulberry } from '../support/random.js'
import { FAULTS } from './catalogue/index.js'
import type { Fault, Outcome } from './fault.js'
import { runFault } from './run-fault.js'
import { startServers } from './servers.js'
import { heading, line } from './table.js'
import { makeTraffic } from './traffic.js'

const USAGE = `usage: npm run test:faults [-- --only NAME[,NAME…]] [--seed NUMBER] [--list] [--help]

Makes faults, one after the other, while events flow through the apps on a real Kafka and a real MariaDB, heals them,
and compares the views and the public streams with those of a run that nothing happened to.

  --only NAME    only these faults, separated by commas
  --seed NUMBER  the same random moments as in the run that printed it
  --list         names the faults and what is done

Ends with 1 when something was lost, doubled, or is different.
`

/** Runs the command; gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const asked = question(args)
  if (typeof asked === 'string') {
    process.stderr.write(`${asked}\n${USAGE}`)
    return 2
  }
  const { help, list, seed, faults } = asked
  if (help) process.stdout.write(USAGE)
  else if (list) for (const { name, about } of faults) process.stdout.write(`${name.padEnd(24)} ${about}\n`)
  else return await runAll(faults, seed)
  return 0
}

interface Question {
  readonly help: boolean
  readonly list: boolean
  readonly seed: number
  readonly faults: readonly Fault[]
}

/** What is asked for, or what is wrong with the question. */
function question(args: readonly string[]): Question | string {
  const flag = { type: 'boolean', default: false } as const
  const text = { type: 'string' } as const
  try {
    const { values } = parseArgs({ args: [...args], options: { help: flag, list: flag, only: text, seed: text } })
    const names = values.only?.split(',')
    const unknown = names?.filter((name) => !FAULTS.some((fault) => fault.name === name)) ?? []
    if (unknown.length > 0) return `there is no fault ${unknown.join(', ')}`
    const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(values.seed)
    if (!Number.isInteger(seed) || seed < 0) return '--seed must be a whole number'
    const faults = FAULTS.filter(({ name }) => names?.includes(name) ?? true)
    return { help: values.help, list: values.list, seed, faults }
  } catch (error) {
    return (error as Error).message
  }
}

async function runAll(faults: readonly Fault[], seed: number): Promise<number> {
  const startedMs = performance.now()
  process.stdout.write(`seed ${seed}\n`)
  const outcomes: Outcome[] = []
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-faults-'))
  const servers = await startServers()
  try {
    process.stdout.write(`${heading()}\n`)
    for (const fault of faults) {
      const captures = makeTraffic(join(folder, fault.name), fault.traffic)
      const outcome = await runFault(fault, { servers, captures, random: mulberry(seed ^ hash(fault.name)) })
      outcomes.push(outcome)
      process.stdout.write(`${line(outcome)}\n`)
      for (const difference of outcome.differences)
        process.stdout.write(`    ${difference.replaceAll('\n', '\n    ')}\n`)
    }
  } finally {
    await servers.dispose()
    rmSync(folder, { recursive: true, force: true })
  }
  const bad = outcomes.filter(({ ok }) => !ok).map(({ name }) => name)
  const seconds = Math.round((performance.now() - startedMs) / 1000)
  const words = bad.length === 0 ? 'nothing lost, nothing doubled' : `not right after ${bad.join(', ')}; seed ${seed}`
  process.stdout.write(`${outcomes.length} faults in ${seconds} s: ${words}\n`)
  return bad.length === 0 ? 0 : 1
}

/** 32 bits of FNV-1a: each fault has its own moments, whichever others run. */
function hash(text: string): number {
  let sum = 0x811c9dc5
  for (const character of text) sum = Math.imul(sum ^ character.codePointAt(0)!, 0x01000193)
  return sum >>> 0
}
