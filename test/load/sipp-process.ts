/** One SIPp on a scenario of test/load/sipp, stopped by its pid. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface SippOptions {
  /** Folder for its files. */
  readonly folder: string
  readonly scenario: 'register' | 'call' | 'answer'
  readonly name: string
  readonly values?: Readonly<Record<string, string | number>>
  readonly args: readonly string[]
}

export class SippProcess {
  readonly #child: ChildProcess
  #errors = ''
  /** Exit code; 0 when every call of the scenario went through. */
  readonly ended: Promise<number | null>

  constructor({ folder, scenario, name, values = {}, args }: SippOptions) {
    const file = join(folder, `${name}.xml`)
    const text = readFileSync(join(import.meta.dirname, 'sipp', `${scenario}.xml`), 'utf8')
    writeFileSync(
      file,
      text.replace(/\{\{(\w+)\}\}/g, (_, key: string) => {
        const value = values[key]
        if (value === undefined) throw new Error(`the scenario wants a value for ${key}`)
        return String(value)
      }),
    )
    this.#child = spawn('sipp', ['-sf', file, '-nostdin', ...args], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, TERM: 'xterm' },
    })
    this.#child.stderr!.on(
      'data',
      (chunk: Buffer) => (this.#errors = (this.#errors + chunk.toString('latin1')).slice(0, 2000)),
    )
    this.ended = Promise.race([
      once(this.#child, 'exit').then(([code]) => code as number | null),
      once(this.#child, 'error').then(([error]) => {
        this.#errors = String(error)
        return null
      }),
    ])
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  get errors(): string {
    return this.#errors
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL')
    await this.ended
  }
}
