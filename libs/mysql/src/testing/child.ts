/** A process of its own that runs a script upon the built libraries (`npm run build`), to be stopped and killed. */
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { sendSignal } from '../../../../test/support/send-signal.js'

export class Child {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>
  readonly #lines: AsyncIterator<string>

  /** `script` is the text of a module, `args` are its `process.argv` from 1 on. */
  constructor(script: string, ...args: string[]) {
    this.#process = spawn(process.execPath, ['--input-type=module', '-e', script, ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    // a line for one that was killed
    this.#process.stdin.on('error', () => undefined)
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]()
  }

  /** The next line that it prints; undefined when it has ended. */
  async says(): Promise<string | undefined> {
    const { value, done } = await this.#lines.next()
    return done === true ? undefined : value
  }

  tell(line: string): void {
    this.#process.stdin.write(`${line}\n`)
  }

  signal(name: NodeJS.Signals): void {
    sendSignal(this.#process, name)
  }

  /** Kills it, when it runs, and waits for the end. */
  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const exit = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await exit
  }
}
