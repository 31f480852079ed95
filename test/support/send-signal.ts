import type { ChildProcess } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

const LIMIT_MS = 30_000

/** Sends a signal to a process, if it runs; see {@link untilStopped} for what SIGSTOP takes. */
export function sendSignal(child: Pick<ChildProcess, 'kill' | 'pid'>, name: NodeJS.Signals): void {
  if (child.kill(name) && name === 'SIGSTOP') untilStopped(child.pid!)
}

/**
 * Returns when a process that was sent SIGSTOP stands still, with all its threads: on a busy machine one that has not been
 * told yet may answer a last request. Throws when that takes more than 30 s.
 */
export function untilStopped(pid: number): void {
  for (const end = Date.now() + LIMIT_MS; threadsOf(pid).some(runs);) {
    if (Date.now() > end) throw new Error(`process ${pid} runs on after SIGSTOP`)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
  }
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}/stat`)
  } catch {
    return []
  }
}

function runs(thread: string): boolean {
  try {
    const stat = readFileSync(thread, 'latin1')
    // after the name of the program, which may hold anything: stopped, traced, or ended
    return !'TtZX'.includes(stat.slice(stat.lastIndexOf(')') + 2)[0]!)
  } catch {
    return false
  }
}
