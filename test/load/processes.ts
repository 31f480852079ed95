/** Memory and CPU of processes, from /proc. */
import { readdirSync, readFileSync } from 'node:fs'

export interface Usage {
  readonly name: string
  /** Most memory that was resident at a look, MB; of servers with children their proportional share. */
  readonly memoryMb: number
  /** Of one core, from the first look to the last, %. */
  readonly cpuPercent: number
}

/** Ticks of /proc in a second; 100 on every Linux that Node runs on. */
const TICKS = 100
const EVERY_MS = 1000

interface Watched {
  readonly name: string
  readonly pids: () => readonly number[]
  readonly isAlone: boolean
  memoryMb: number
  /** pid → ticks at the last look, and what ended processes had used. */
  readonly ticks: Map<number, number>
  firstTicks: number | undefined
}

export class ProcessWatch {
  readonly #watched: Watched[] = []
  #timer: NodeJS.Timeout | undefined
  #beganMs = 0
  #lastMs = 0

  /** Looks at whatever these pids are at each look, with their children unless told otherwise. */
  add(name: string, pids: () => readonly number[], isAlone = false): void {
    this.#watched.push({ name, pids, isAlone, memoryMb: 0, ticks: new Map(), firstTicks: undefined })
  }

  start(): void {
    this.#beganMs = performance.now()
    this.#look()
    this.#timer = setInterval(() => this.#look(), EVERY_MS)
  }

  stop(): Usage[] {
    clearInterval(this.#timer)
    this.#look()
    const seconds = (this.#lastMs - this.#beganMs) / 1000
    return this.#watched.map(({ name, memoryMb, ticks, firstTicks = 0 }) => ({
      name,
      memoryMb,
      cpuPercent: ((sum(ticks.values()) - firstTicks) / TICKS / seconds) * 100,
    }))
  }

  #look(): void {
    this.#lastMs = performance.now()
    const parents = parentsOfAll()
    for (const one of this.#watched) {
      let memory = 0
      for (const pid of one.pids().flatMap((root) => (one.isAlone ? [root] : family(root, parents)))) {
        const usage = usageOf(pid)
        if (usage === undefined) continue
        memory += usage.memoryMb
        // what a process used before the first look is not of this run, that of one which started later is
        one.ticks.set(pid, usage.ticks)
      }
      one.firstTicks ??= sum(one.ticks.values())
      one.memoryMb = Math.max(one.memoryMb, memory)
    }
  }
}

const sum = (values: Iterable<number>): number => [...values].reduce((a, b) => a + b, 0)

function family(root: number, parents: ReadonlyMap<number, number>): number[] {
  const children = [...parents].filter(([, parent]) => parent === root).map(([pid]) => pid)
  return [root, ...children.flatMap((child) => family(child, parents))]
}

function parentsOfAll(): Map<number, number> {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const fields = statOf(Number(name))
    if (fields !== undefined) parents.set(Number(name), Number(fields[1]))
  }
  return parents
}

/** Fields of /proc/PID/stat from the state on; undefined when it has ended. */
function statOf(pid: number): string[] | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ')
  } catch {
    return undefined
  }
}

function usageOf(pid: number): { memoryMb: number; ticks: number } | undefined {
  try {
    const fields = statOf(pid)
    if (fields === undefined) return undefined
    const share = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))?.[1]
    return { memoryMb: Number(share ?? 0) / 1024, ticks: Number(fields[11]) + Number(fields[12]) }
  } catch {
    return undefined
  }
}
