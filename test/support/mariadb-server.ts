/** A real MariaDB of one test file: a free port of 127.0.0.1, its own data, commits that are durable. */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import mysql from 'mysql2/promise'
import { freePort } from './free-port.js'
import { sendSignal } from './send-signal.js'

const run = promisify(execFile)
const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` }
const asRoot = process.getuid?.() === 0 ? ['--user=root'] : []
const PASSWORD = 'only-for-tests'
const START_MS = 60_000

export interface MariadbServer {
  readonly port: number
  readonly pid: number
  /** Address of a database, which is made when it is missing. */
  url(database: string): string
  createDatabase(name: string): Promise<string>
  /** SIGTERM, and waits for the end. */
  stop(): Promise<void>
  /** SIGKILL, and waits for the end. */
  kill(): Promise<void>
  signal(name: NodeJS.Signals): void
  /** Starts again on the same port and data. */
  restart(): Promise<void>
  /** Kills it and removes its data. */
  dispose(): Promise<void>
}

/** `settings`: further options of the server, such as `--ssl-cert=FILE`. */
export async function startMariadb(settings: readonly string[] = []): Promise<MariadbServer> {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-mariadb-'))
  const data = `--datadir=${join(folder, 'data')}`
  const install = ['--no-defaults', data, '--auth-root-authentication-method=normal', '--skip-test-db', ...asRoot]
  // servers that start clear their temporary folder, also of the tables of others
  await run('mariadb-install-db', install, { env: { ...env, TMPDIR: folder } })
  const server = new Server(folder, await freePort(), settings)
  await server.restart()
  await server.sql(
    `CREATE USER trunkline@'%' IDENTIFIED BY '${PASSWORD}'; GRANT ALL ON *.* TO trunkline@'%'; FLUSH PRIVILEGES`,
  )
  return server
}

class Server implements MariadbServer {
  #process: ChildProcess | undefined

  constructor(
    private readonly folder: string,
    readonly port: number,
    private readonly settings: readonly string[],
  ) {}

  get pid(): number {
    return this.#process!.pid!
  }

  url(database: string): string {
    return `mysql://trunkline:${PASSWORD}@127.0.0.1:${this.port}/${database}`
  }

  async createDatabase(name: string): Promise<string> {
    await this.sql(`CREATE DATABASE IF NOT EXISTS \`${name}\` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`)
    return this.url(name)
  }

  async sql(statements: string): Promise<void> {
    const connection = await mysql.createConnection({
      socketPath: join(this.folder, 's'),
      user: 'root',
      multipleStatements: true,
      connectTimeout: 15_000,
    })
    try {
      await connection.query(statements)
    } finally {
      await connection.end()
    }
  }

  async restart(): Promise<void> {
    const log = openSync(join(this.folder, 'mariadb.log'), 'a')
    this.#process = spawn(
      'mariadbd',
      [
        '--no-defaults',
        ...asRoot,
        `--datadir=${join(this.folder, 'data')}`,
        `--tmpdir=${this.folder}`,
        `--socket=${join(this.folder, 's')}`,
        `--pid-file=${join(this.folder, 'pid')}`,
        `--port=${this.port}`,
        '--bind-address=127.0.0.1',
        '--skip-name-resolve',
        '--innodb-buffer-pool-size=128M',
        '--innodb-flush-log-at-trx-commit=1',
        '--performance-schema=OFF',
        ...this.settings,
      ],
      { env, stdio: ['ignore', log, log] },
    )
    closeSync(log)
    const ended = once(this.#process, 'exit')
    let over = false
    void ended.then(() => (over = true)).catch(() => (over = true))
    const deadline = Date.now() + START_MS
    for (;;) {
      const answers = await this.sql('SELECT 1').then(
        () => true,
        () => false,
      )
      if (answers) return
      if (over || Date.now() > deadline) {
        throw new Error(
          `MariaDB did not start:\n${readFileSync(join(this.folder, 'mariadb.log'), 'utf8').slice(-4000)}`,
        )
      }
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  signal(name: NodeJS.Signals): void {
    if (this.#process !== undefined) sendSignal(this.#process, name)
  }

  stop(): Promise<void> {
    return this.#end('SIGTERM')
  }

  kill(): Promise<void> {
    return this.#end('SIGKILL')
  }

  async dispose(): Promise<void> {
    await this.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGCONT')
    child.kill(signal)
    await exit
  }
}
