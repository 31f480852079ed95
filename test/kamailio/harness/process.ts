import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { openSync, closeSync, readdirSync, readFileSync } from 'node:fs'
import { sendSignal, untilStopped } from '../../support/send-signal.js'

/** A server of one test, with its output in a file; stopped by its own pid. */
export class ServerProcess {
  readonly #child: ChildProcess
  readonly #exit: Promise<unknown>

  constructor(
    readonly logFile: string,
    command: string,
    args: readonly string[],
  ) {
    const output = openSync(logFile, 'a')
    const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` }
    this.#child = spawn(command, args, { stdio: ['ignore', output, output], env, detached: true })
    closeSync(output)
    this.#exit = Promise.race([once(this.#child, 'exit'), once(this.#child, 'error')])
  }

  get pid(): number {
    return this.#child.pid!
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  signal(name: NodeJS.Signals): void {
    sendSignal(this.#child, name)
  }

  /** Sends the signal and waits for the end; a process that hangs is killed after 30 s. */
  async stop(name: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (!this.running) return
    this.#child.kill(name)
    const timer = setTimeout(() => this.signalGroup('SIGKILL'), 30_000)
    await this.#exit
    clearTimeout(timer)
  }

  /** Ends the process and all its children at once, as a crash does. */
  async killGroup(): Promise<void> {
    if (!this.running) return
    // it leads a process group of its own
    this.signalGroup('SIGKILL')
    await this.#exit
    // a child has its ports until it is gone
    await until('all children have ended', () => membersOf(this.pid).length === 0)
  }

  /** To the process and all its children. */
  signalGroup(name: NodeJS.Signals): void {
    process.kill(-this.pid, name)
    if (name === 'SIGSTOP') membersOf(this.pid).forEach(untilStopped)
  }

  output(): string {
    return readFileSync(this.logFile, 'latin1')
  }
}

/** Processes of this group that have not ended. */
function membersOf(group: number): number[] {
  const members = readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1')
      // after the name of the program, which may hold anything
      const [state, , its] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return Number(its) === group && state !== 'Z' && state !== 'X'
    } catch {
      return false
    }
  })
  return members.map(Number)
}

/** What was begun before is ended when this does not start: nobody else would. */
export async function orEnd<T>(starting: Promise<T>, end: () => Promise<unknown>): Promise<T> {
  try {
    return await starting
  } catch (error) {
    await end()
    throw error
  }
}

/** Tries until the check gives something other than false, undefined or a rejection. */
export async function until<T>(
  what: string,
  check: () => Promise<T | false | undefined> | T | false | undefined,
  timeoutMs = 60_000,
): Promise<T> {
  let problem: unknown
  for (const end = Date.now() + timeoutMs; Date.now() < end;) {
    try {
      const value = await check()
      if (value !== false && value !== undefined) return value
      problem = undefined
    } catch (error) {
      problem = error
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`waited too long: ${what}`, { cause: problem })
}
