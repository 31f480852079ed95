// A MariaDB for benchmarks: a free port of 127.0.0.1, its own data, commits that are durable.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import mysql from 'mysql2/promise'

const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` }
const asRoot = process.getuid?.() === 0 ? ['--user=root'] : []
const START_MS = 60_000

/** Gives `database(name)`, which makes a database and tells its address, and `stop()`. */
export async function startMariadb() {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-bench-mariadb-'))
  const data = `--datadir=${join(folder, 'data')}`
  const install = ['--no-defaults', data, '--auth-root-authentication-method=normal', '--skip-test-db', ...asRoot]
  execFileSync('mariadb-install-db', install, { env: { ...env, TMPDIR: folder }, stdio: 'ignore' })
  const port = await freePort()
  const server = spawn(
    'mariadbd',
    [
      '--no-defaults',
      ...asRoot,
      data,
      `--socket=${join(folder, 's')}`,
      `--pid-file=${join(folder, 'pid')}`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      '--skip-name-resolve',
      '--innodb-buffer-pool-size=256M',
      '--innodb-flush-log-at-trx-commit=1',
      '--performance-schema=OFF',
    ],
    { env, stdio: 'ignore' },
  )
  const ended = once(server, 'exit')
  const connect = () => mysql.createConnection({ socketPath: join(folder, 's'), user: 'root' })
  const deadline = Date.now() + START_MS
  let root
  while (root === undefined) {
    root = await connect().catch(() => undefined)
    if (root !== undefined) break
    if (server.exitCode !== null || Date.now() > deadline) throw new Error('MariaDB did not start')
    await pause(50)
  }
  await root.query("CREATE USER bench@'%' IDENTIFIED BY 'bench'")
  await root.query("GRANT ALL ON *.* TO bench@'%'")
  return {
    async database(name) {
      await root.query(`DROP DATABASE IF EXISTS ${name}`)
      await root.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`)
      return `mysql://bench:bench@127.0.0.1:${port}/${name}`
    },
    async stop() {
      root.destroy()
      server.kill('SIGKILL')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}
