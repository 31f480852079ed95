/** What real programs say of infra: its scripts run, and its files are taken by the servers that read them. */
import { execFile, spawnSync } from 'node:child_process'
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createClient } from 'redis'
import { MariaServer } from '../kamailio/harness/maria-server.js'
import { freePort } from '../support/free-port.js'
import { ServerProcess, until } from '../kamailio/harness/process.js'

const run = promisify(execFile)
const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`
const folder = mkdtempSync(join(tmpdir(), 'trunkline-infra-'))
const secrets = join(folder, 'secrets')
const secret = (name: string) => readFileSync(join(secrets, name), 'utf8').trim()
const makeSecrets = (at = secrets) => spawnSync('sh', ['infra/compose/make-secrets.sh', at], { encoding: 'utf8' })

/** Exit code and output of a program that checks files. */
function check(command: string, args: readonly string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, PATH } })
  return { status, output: status === 0 ? '' : `${stdout}${stderr}` }
}

/** Empty when the process is gone or somebody else's. */
function readable(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

beforeAll(() => {
  expect(makeSecrets().status).toBe(0)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('files', () => {
  it('of FreeSWITCH are well-formed XML', () => {
    const files = globSync('infra/freeswitch/**/*.{xml,xml.example}')
    expect(files.length).toBeGreaterThan(15)
    expect(check('xmllint', ['--noout', ...files])).toEqual({ status: 0, output: '' })
  })

  it('of Prometheus are taken, and its alerts come and stay away as their tests say', () => {
    const prometheus = 'infra/prometheus'
    const valid = check('promtool', ['check', 'config', '--syntax-only', `${prometheus}/prometheus.yml`])
    expect(valid).toEqual({ status: 0, output: '' })
    expect(check('promtool', ['check', 'rules', `${prometheus}/rules.yml`])).toEqual({ status: 0, output: '' })
    expect(check('promtool', ['test', 'rules', `${prometheus}/rules.test.yml`])).toEqual({ status: 0, output: '' })
  })

  it('with shell scripts hold what shellcheck asks for', () => {
    const scripts = globSync('infra/**/*.sh')
    expect(scripts.length).toBeGreaterThan(5)
    expect(check('shellcheck', ['--shell=dash', ...scripts.filter((file) => !file.includes('/mysql/'))])).toEqual({
      status: 0,
      output: '',
    })
    expect(check('shellcheck', ['--shell=bash', 'infra/mysql/create-databases.sh'])).toEqual({ status: 0, output: '' })
  })
})

describe('make-secrets.sh', () => {
  const names = () => globSync('*', { cwd: secrets }).sort()

  it('makes strong secrets, each of its own, in a folder that is open to its owner alone', () => {
    expect(statSync(secrets).mode & 0o777).toBe(0o700)
    const made = names().filter((name) => /-(password|secret)$/.test(name))
    expect(made.length).toBeGreaterThan(6)
    for (const name of made) expect(secret(name)).toMatch(/^[0-9a-f]{32,}$/)
    expect(new Set(made.map(secret)).size).toBe(made.length)
    expect(secret('mysql-url')).toBe(`mysql://trunkline:${secret('mysql-trunkline-password')}@mysql:3306/trunkline`)
    expect(globSync('.new.*', { cwd: secrets })).toEqual([])
  })

  it('never changes what is there, and makes what is missing', () => {
    const before = new Map(names().map((name) => [name, secret(name)]))
    rmSync(join(secrets, 'grafana-password'))
    writeFileSync(join(secrets, 'jwt-secret'), 'kept\n')
    const { status, stdout } = makeSecrets()
    expect({ status, made: stdout.match(/^made .*$/gm) }).toEqual({ status: 0, made: ['made grafana-password'] })
    expect(secret('jwt-secret')).toBe('kept')
    expect(secret('grafana-password')).not.toBe(before.get('grafana-password'))
    for (const name of names().filter((name) => !['jwt-secret', 'grafana-password'].includes(name))) {
      expect(secret(name)).toBe(before.get(name))
    }
  })
})

describe('start-kamailio.sh', () => {
  it('writes settings that Kamailio takes, with the passwords in a file of its own', async () => {
    const runDir = join(folder, 'kamailio')
    mkdirSync(runDir)
    const env = {
      PATH,
      SECRETS: secrets,
      SOURCE: 'infra/kamailio',
      RUN_DIR: runDir,
      SIP_ADDRESS: '127.0.0.1',
      PUBLIC_ADDRESS: '203.0.113.10',
      RPC_ADDRESS: '127.0.0.2',
      RPC_SUBNETS: '172.28.40.0/24',
      FLOOD_SPARED: '172.28.41.11/32',
    }
    const { stdout, stderr } = await run('sh', ['infra/compose/kamailio/start-kamailio.sh', '-c'], { env })
    expect(`${stdout}${stderr}`).toContain('config file ok')
    expect(`${stdout}${stderr}`).toContain('udp: 127.0.0.1 [127.0.0.1]:5060 advertise 203.0.113.10:5060')
    const local = readFileSync(join(runDir, 'kamailio-local.cfg'), 'utf8')
    expect(statSync(join(runDir, 'kamailio-local.cfg')).mode & 0o077).toBe(0)
    const basic = Buffer.from(`trunkline:${secret('kamailio-rpc-password')}`).toString('base64')
    expect(local).toContain(`RPC_AUTHORIZATION "Basic ${basic}"`)
    expect(local).toContain(`mysql://kamailio:${secret('mysql-kamailio-password')}@mysql:3306/kamailio`)
    expect(local).toContain('"^(\\+?[0-9]{7,15}|')
    // every define that is written is one that kamailio.cfg asks for
    const asked = readFileSync('infra/kamailio/kamailio.cfg', 'utf8')
    for (const [, name] of local.matchAll(/^#!define (\w+)/gm)) expect(asked).toContain(name)
  })
})

describe('create-tables.sh', () => {
  let maria: MariaServer
  let port: number
  const MARK = 'trunkline_tables_in_the_making'

  beforeAll(async () => {
    maria = await MariaServer.start(join(folder, 'maria'))
    port = Number(new URL(maria.url).port)
    writeFileSync(join(secrets, 'mysql-kamailio-password'), 'test\n')
  })
  afterAll(() => maria.stop())

  const empty = () => maria.sql('DROP DATABASE kamailio; CREATE DATABASE kamailio CHARACTER SET latin1', '')
  const create = (scripts = '/usr/share/kamailio/mysql') =>
    run('sh', ['infra/compose/kamailio/create-tables.sh'], {
      env: {
        PATH,
        SECRETS: secrets,
        SCRIPTS: scripts,
        PROVISIONING: 'infra/kamailio/provisioning-tables.sql',
        DATABASE_HOST: '127.0.0.1',
        DATABASE_PORT: String(port),
        MEDIA_SERVER: 'sip:172.28.41.11:5060',
      },
    })
  const tables = async () => (await maria.sql('SHOW TABLES')).trim().split('\n')

  it('makes the tables and enters FreeSWITCH, once', async () => {
    await empty()
    await create()
    expect(await tables()).toEqual(
      expect.arrayContaining(['version', 'subscriber', 'location', 'dialog', 'dispatcher']),
    )
    expect(await tables()).not.toContain(MARK)
    await create()
    expect((await maria.sql('SELECT setid, destination FROM dispatcher')).trim()).toBe('1\tsip:172.28.41.11:5060')
  })

  it('adds the tables of provisioning to those of a version before it, and keeps their rows when it runs again', async () => {
    await empty()
    await create()
    const added = ['tk_names', 'tk_dids', 'tk_trunks', 'tk_tenants', 'tk_blocked', 'dialplan', 'mtree']
    await maria.sql(added.map((name) => `DROP TABLE ${name};`).join(' '))
    // the operator may have made this one by the package's script
    await maria.sql(readFileSync('/usr/share/kamailio/mysql/mtree-create.sql', 'utf8').replace(/INSERT[^;]*;/g, ''))
    await create()
    await maria.sql("INSERT INTO mtree (tname, tprefix, tvalue) VALUES ('routes', '00001+49', '0,-,1000:1')")
    expect(await tables()).toEqual(expect.arrayContaining(added))
    await maria.sql("INSERT INTO tk_names (key_name, key_value) VALUES ('bob@kam.lab', 'u=bob;s=a;c=0;r=0')")
    await create()
    expect((await maria.sql('SELECT key_value FROM tk_names')).trim()).toBe('u=bob;s=a;c=0;r=0')
  })

  it('begins anew after a run that was interrupted', async () => {
    await empty()
    const broken = join(folder, 'broken')
    cpSync('/usr/share/kamailio/mysql', broken, { recursive: true })
    rmSync(join(broken, 'dialog-create.sql'))
    await expect(create(broken)).rejects.toThrow()
    expect(await tables()).toEqual(expect.arrayContaining([MARK, 'version', 'location']))
    await create()
    expect(await tables()).toEqual(expect.arrayContaining(['location', 'dialog', 'dispatcher']))
    expect(await tables()).not.toContain(MARK)
  })

  it('leaves a database alone that somebody else filled', async () => {
    await empty()
    await maria.sql("CREATE TABLE version (kept TEXT); INSERT INTO version VALUES ('mine')")
    const { stdout } = await create()
    expect(stdout).toContain('are there')
    expect(await tables()).toEqual(['version'])
    expect((await maria.sql('SELECT kept FROM version')).trim()).toBe('mine')
  })
})

describe('start-redis.sh', () => {
  it('starts a Redis that nobody enters without the password, which stands nowhere, and that ends in order', async () => {
    const port = await freePort()
    const password = secret('redis-password')
    const config = join(folder, 'redis.conf')
    const text = readFileSync('infra/redis/redis.conf', 'utf8')
    writeFileSync(config, text.replace('dir /data', `dir ${folder}`).replace('port 6379', `port ${port}`))
    const settings = [`SECRETS=${secrets}`, `REDIS_CONF=${config}`]
    const args = [...settings, 'sh', 'infra/compose/start/start-redis.sh', '--save', '']
    const server = new ServerProcess(join(folder, 'redis.log'), 'env', args)
    const open = async (password?: string) => {
      const client = createClient({
        url: `redis://127.0.0.1:${port}`,
        socket: { reconnectStrategy: false },
        ...(password === undefined ? {} : { password }),
      })
      client.on('error', () => undefined)
      await client.connect()
      try {
        return await client.configGet('*')
      } finally {
        client.destroy()
      }
    }
    try {
      const settings = await until('Redis answers', () => open(password))
      expect(settings).toMatchObject({ appendonly: 'yes', 'maxmemory-policy': 'noeviction', maxmemory: '402653184' })
      await expect(open()).rejects.toThrow(/NOAUTH/)
      expect(readFileSync(`/proc/${server.pid}/cmdline`, 'utf8')).toMatch(/^redis-server/)
      const told = globSync('/proc/[0-9]*/{cmdline,environ}')
      expect(told).toContain(`/proc/${server.pid}/cmdline`)
      expect(told.filter((file) => readable(file).includes(password))).toEqual([])
      // it is the process that the container runs, so it hears when that is told to stop
      await server.stop('SIGTERM')
      expect(server.output()).toContain('bye bye')
    } finally {
      await server.killGroup()
    }
  })
})
