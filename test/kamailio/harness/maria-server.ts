/** A real MariaDB of one test, with Kamailio's own schema. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '../../support/free-port.js'
import { ServerProcess, until } from './process.js'

const run = promisify(execFile)
const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` }
const TABLES = ['standard', 'auth_db', 'usrloc', 'dialog', 'dispatcher', 'permissions', 'uac']
const user = process.getuid?.() === 0 ? ['--user=root'] : []

export class MariaServer {
  #process: ServerProcess | undefined

  private constructor(
    private readonly folder: string,
    private readonly port: number,
  ) {}

  static async start(folder: string): Promise<MariaServer> {
    const server = new MariaServer(folder, await freePort())
    mkdirSync(folder, { recursive: true })
    const data = `--datadir=${join(folder, 'data')}`
    const install = ['--no-defaults', data, '--auth-root-authentication-method=normal', '--skip-test-db', ...user]
    // servers that start clear their temporary folder, also of the tables of others
    await run('mariadb-install-db', install, { env: { ...env, TMPDIR: folder } })
    await server.start()
    // latin1 takes every byte, as Kamailio's own set-up tool makes it
    await server.sql(
      `CREATE DATABASE kamailio CHARACTER SET latin1;
       CREATE USER kamailio@'127.0.0.1' IDENTIFIED BY 'test';
       GRANT ALL ON kamailio.* TO kamailio@'127.0.0.1';`,
      '',
    )
    const files = TABLES.map((name) => readFileSync(`/usr/share/kamailio/mysql/${name}-create.sql`, 'utf8'))
    const ours = readFileSync('infra/kamailio/provisioning-tables.sql', 'utf8')
    // ours twice, as each upgrade runs it again
    await server.sql([...files, ours, ours].join('\n'))
    return server
  }

  get url(): string {
    return `mysql://kamailio:test@127.0.0.1:${this.port}/kamailio`
  }

  async start(): Promise<void> {
    const { folder, port } = this
    this.#process = new ServerProcess(join(folder, 'mariadb.log'), 'mariadbd', [
      '--no-defaults',
      ...user,
      `--datadir=${join(folder, 'data')}`,
      `--tmpdir=${folder}`,
      `--socket=${join(folder, 's')}`,
      `--pid-file=${join(folder, 'pid')}`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      '--skip-name-resolve',
      '--innodb-buffer-pool-size=16M',
      // the machine is never killed: no disk is to be waited for
      '--innodb-flush-log-at-trx-commit=2',
      '--innodb-flush-method=nosync',
      '--performance-schema=OFF',
    ])
    await until('MariaDB answers', () => {
      if (!this.#process!.running) throw new Error(`MariaDB ended:\n${this.#process!.output().slice(-3000)}`)
      return this.sql('SELECT 1', '').then(() => true)
    })
  }

  /** Runs statements as root; gives what they print, columns parted by tabs. */
  async sql(statements: string, database = 'kamailio'): Promise<string> {
    const args = ['--no-defaults', `--socket=${join(this.folder, 's')}`, '-u', 'root', '-N', '-B', database]
    const child = run('mariadb', database === '' ? args.slice(0, -1) : args, { env, maxBuffer: 64 * 1024 * 1024 })
    // a client that found no server ends before it reads; its exit code tells
    child.child.stdin!.on('error', () => undefined)
    child.child.stdin!.end(statements)
    return (await child).stdout
  }

  /** Creates SIP users with HA1 and HA1B, as the provisioner will. */
  async addSubscriber(name: string, domain: string, password: string): Promise<void> {
    const md5 = (text: string) => createHash('md5').update(text).digest('hex')
    const ha1 = md5(`${name}:${domain}:${password}`)
    const ha1b = md5(`${name}@${domain}:${domain}:${password}`)
    const columns = 'username, domain, password, ha1, ha1b'
    await this.sql(`INSERT INTO subscriber (${columns}) VALUES ('${name}', '${domain}', '', '${ha1}', '${ha1b}')`)
  }

  signal(name: NodeJS.Signals): void {
    this.#process?.signal(name)
  }

  async stop(name: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.#process?.signal('SIGCONT')
    await this.#process?.stop(name)
  }
}
