/** A real redis-server of one test: a free port, a folder of its own, stopped by its pid. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from 'redis'
import { freePort } from './free-port.js'
import { sendSignal } from './send-signal.js'

const START_MS = 60_000

export class RedisServer {
  readonly #folder = mkdtempSync(join(tmpdir(), 'trunkline-redis-'))
  #process: ChildProcess | undefined
  #client: ReturnType<typeof createClient> | undefined

  private constructor(readonly port: number) {}

  static async start(): Promise<RedisServer> {
    const server = new RedisServer(await freePort())
    await server.start()
    return server
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  /** With its files of before, when it ran before. */
  async start(): Promise<void> {
    const port = String(this.port)
    // what is killed here is the process and never the machine: no disk is to be waited for
    const kept = ['--appendonly', 'yes', '--appendfsync', 'no', '--save', '']
    const options = ['--port', port, '--bind', '127.0.0.1', '--dir', this.#folder, ...kept]
    this.#process = spawn('redis-server', options, { stdio: 'ignore' })
    for (const deadline = performance.now() + START_MS; ;) {
      const client = createClient({ url: this.url, RESP: 2, socket: { reconnectStrategy: false } })
      client.on('error', () => undefined)
      try {
        await client.connect()
        await client.ping()
        this.#client = client as unknown as ReturnType<typeof createClient>
        return
      } catch (error) {
        client.destroy()
        if (this.#process.exitCode !== null || performance.now() > deadline) throw error
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
  }

  /** Any command, as the node beside it would send it. */
  command(...parts: string[]): Promise<unknown> {
    return this.#client!.sendCommand(parts)
  }

  /** Adds entries as kamailio.cfg does. */
  async add(stream: string, entries: readonly string[]): Promise<void> {
    await Promise.all(entries.map((entry) => this.command('XADD', stream, '*', 'e', entry)))
  }

  /** Entries that were read and not acknowledged, and the consumers that hold them. */
  async pending(stream: string, group: string): Promise<number> {
    const [count] = (await this.command('XPENDING', stream, group)) as [number]
    return count
  }

  /** Stops it in its tracks (SIGSTOP): connections stay open, and nothing is answered until `thaw`. */
  freeze(): void {
    sendSignal(this.#process!, 'SIGSTOP')
  }

  thaw(): void {
    this.#process!.kill('SIGCONT')
  }

  async kill(): Promise<void> {
    this.#client?.destroy()
    const child = this.#process!
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }

  async dispose(): Promise<void> {
    await this.kill()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
