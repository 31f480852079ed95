/** What the store does when its server, its network or its own process fails. */
import { setTimeout as pause } from 'node:timers/promises'
import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { TableDefinition, ViewStore, ViewTransaction } from '@trunkline/ports'
import mysql from 'mysql2/promise'
import { startMariadb, type MariadbServer } from '../../../test/support/mariadb-server.js'
import { mulberry } from '../../../test/support/random.js'
import { TcpProxy } from '../../../test/support/tcp-proxy.js'
import { openMysqlViewStore, type MysqlViewStoreOptions } from './mysql-view-store.js'
import { Child } from './testing/child.js'

const UNAVAILABLE = { code: 'VIEW_STORE_UNAVAILABLE', retryable: true }
const BATCH = 20
const table = {
  name: 'things',
  key: ['id'],
  columns: { id: 'integer', batch: 'integer' },
} as const satisfies TableDefinition

let server: MariadbServer
let database: string
let url: string
let databases = 0
let stores: ViewStore[] = []
let children: Child[] = []

beforeAll(async () => {
  server = await startMariadb()
})
afterAll(() => server.dispose())
beforeEach(async () => {
  database = `faults_${++databases}`
  url = await server.createDatabase(database)
})
afterEach(async () => {
  for (const child of children) await child.kill()
  for (const store of stores) await store.close()
  stores = []
  children = []
})

function open(options: Partial<MysqlViewStoreOptions> = {}): ViewStore {
  const store = openMysqlViewStore({ url, ...options })
  stores.push(store)
  return store
}

function child(script: string, ...args: string[]): Child {
  const one = new Child(script, ...args)
  children.push(one)
  return one
}

/** Writes a batch and moves the checkpoint on by one, as a projector does. Gives the new checkpoint. */
async function writeBatch(store: ViewStore): Promise<number> {
  const from = await store.checkpoint('p', 0)
  const batch = from === undefined ? 0 : Number(from) + 1
  await store.transaction(async (tx) => {
    await tx.upsert(
      table,
      Array.from({ length: BATCH }, (_, index) => ({ id: batch * BATCH + index, batch })),
    )
    await tx.moveCheckpoint('p', { partition: 0, from, to: String(batch) })
  })
  return batch
}

/** Rows and checkpoint of the same transactions; gives the checkpoint, -1 for none. */
async function wholeBatches(store: ViewStore): Promise<number> {
  const at = Number((await store.checkpoint('p', 0)) ?? -1)
  const rows = await store.all<{ n: number; batch: number }>(
    'SELECT count(*) AS n, batch FROM things GROUP BY batch ORDER BY batch',
  )
  expect(rows).toEqual(Array.from({ length: at + 1 }, (_, batch) => ({ n: BATCH, batch })))
  return at
}

async function tookMs(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}

async function asAdmin(work: (connection: mysql.Connection) => Promise<void>): Promise<void> {
  const connection = await mysql.createConnection(server.url('mysql'))
  try {
    await work(connection)
  } finally {
    await connection.end()
  }
}

/** Ends every connection to the database, as an administrator or a load balancer would. */
const killConnections = () =>
  asAdmin(async (connection) => {
    const [rows] = await connection.query('SELECT id FROM information_schema.processlist WHERE db = ?', [database])
    const ids = (rows as { id: number }[]).map(({ id }) => id)
    expect(ids.length).toBeGreaterThan(0)
    for (const id of ids) await connection.query(`KILL ${id}`)
  })

const hang = (idleSeconds: number) => `
  import { once } from 'node:events'
  import { openMysqlViewStore } from '@trunkline/mysql'
  const store = openMysqlViewStore({ url: process.argv[1], writerIdleSeconds: ${idleSeconds} })
  const table = ${JSON.stringify(table)}
  for (;;) {
    const write = store.transaction(async (tx) => {
      await tx.upsert(table, [{ id: 1, batch: 1 }])
      process.stdout.write('holds the lock\\n')
      await once(process.stdin, 'data')
    })
    process.stdout.write(await write.then(() => 'committed', (error) => error.code) + '\\n')
  }`

describe('a writer that hangs', () => {
  it('keeps the others waiting no longer than it may be idle, and cannot commit when it wakes', async () => {
    const store = open()
    await store.createTables([table])
    const hung = child(hang(5), url)
    expect(await hung.says()).toBe('holds the lock')
    hung.signal('SIGSTOP')
    const waited = await tookMs(() => store.transaction((tx) => tx.upsert(table, [{ id: 2, batch: 2 }])))
    expect(waited).toBeGreaterThan(500)
    expect(waited).toBeLessThan(20_000)

    hung.signal('SIGCONT')
    hung.tell('go on')
    expect(await hung.says()).toBe('VIEW_STORE_UNAVAILABLE')
    expect(await store.all('SELECT id FROM things')).toEqual([{ id: 2 }])
    // and goes on by itself
    expect(await hung.says()).toBe('holds the lock')
    hung.tell('go on')
    expect(await hung.says()).toBe('committed')
    expect(await store.all('SELECT id FROM things ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }])
  })

  it('that is killed gives the lock free at once, and leaves nothing', async () => {
    const store = open()
    await store.createTables([table])
    const hung = child(hang(30), url)
    expect(await hung.says()).toBe('holds the lock')
    await hung.kill()
    const waited = await tookMs(() => store.transaction((tx) => tx.upsert(table, [{ id: 2, batch: 2 }])))
    expect(waited).toBeLessThan(10_000)
    expect(await store.all('SELECT id FROM things')).toEqual([{ id: 2 }])
  })

  it('in its own process makes its transaction fail, not the next one', async () => {
    const store = open({ writerIdleSeconds: 3 })
    await store.createTables([table])
    const slow = store.transaction(async (tx) => {
      await tx.upsert(table, [{ id: 1, batch: 1 }])
      await pause(6000)
      await tx.upsert(table, [{ id: 2, batch: 1 }])
    })
    const next = store.transaction((tx) => tx.upsert(table, [{ id: 3, batch: 1 }]))
    await expect(slow).rejects.toMatchObject(UNAVAILABLE)
    await next
    expect(await store.all('SELECT id FROM things')).toEqual([{ id: 3 }])
  })
})

describe('a server', () => {
  it('that is killed in the middle of transactions keeps what was acknowledged, whole, and is taken up again', async () => {
    const random = mulberry(7)
    const store = open()
    await store.createTables([table])
    let acknowledged = -1
    let failures = 0
    let over = false
    const writing = (async () => {
      while (!over) {
        try {
          acknowledged = await writeBatch(store)
        } catch (error) {
          expect(error).toMatchObject({ retryable: true })
          failures++
          await pause(20)
        }
      }
    })()
    for (let round = 0; round < 3; round++) {
      const before = acknowledged
      while (acknowledged < before + 5) await pause(5)
      await pause(random() * 40)
      await server.kill()
      const told = acknowledged
      await server.restart()
      while (acknowledged === told) await pause(5)
    }
    over = true
    await writing
    expect(failures).toBeGreaterThanOrEqual(3)
    expect(await wholeBatches(store)).toBeGreaterThanOrEqual(acknowledged)
  })

  it('that is away for a while is said to be unavailable, at once, and then serves again', async () => {
    const store = open()
    await store.createTables([table])
    await writeBatch(store)
    const looking = store.snapshot(async (reader) => {
      await server.stop()
      return reader.all('SELECT 1')
    })
    await expect(looking).rejects.toMatchObject(UNAVAILABLE)
    const waited = await tookMs(async () => {
      await expect(store.all('SELECT 1')).rejects.toMatchObject(UNAVAILABLE)
      await expect(store.transaction(async () => undefined)).rejects.toMatchObject(UNAVAILABLE)
      await expect(store.createTables([table])).rejects.toMatchObject(UNAVAILABLE)
      await expect(open().all('SELECT 1')).rejects.toMatchObject(UNAVAILABLE)
    })
    expect(waited).toBeLessThan(15_000)
    await server.restart()
    expect(await writeBatch(store)).toBe(1)
    expect(await wholeBatches(store)).toBe(1)
  })

  it('that does not answer makes everybody fail in bounded time, also those who wait for a connection', async () => {
    const store = open({ answerSeconds: 3, readers: 3 })
    await store.createTables([table])
    await writeBatch(store)
    server.signal('SIGSTOP')
    try {
      const waited = await tookMs(async () => {
        const reads = Array.from({ length: 12 }, () => store.all('SELECT 1').catch((error: unknown) => error))
        const writes = Array.from({ length: 2 }, () =>
          store.transaction((tx) => tx.upsert(table, [{ id: 99, batch: 9 }])).catch((error: unknown) => error),
        )
        for (const error of await Promise.all([...reads, writes[0]])) expect(error).toMatchObject(UNAVAILABLE)
      })
      expect(waited).toBeLessThan(30_000)
    } finally {
      server.signal('SIGCONT')
    }
    await expect(writeUntilDone(store)).resolves.toBe(1)
    expect(await store.all('SELECT count(*) AS n FROM things WHERE id < 99')).toEqual([{ n: 2 * BATCH }])
  })

  it('that ends idle connections is connected to again without anybody noticing', async () => {
    const store = open()
    await store.createTables([table])
    await writeBatch(store)
    await Promise.all(Array.from({ length: 10 }, () => store.all('SELECT sleep(0.02)')))
    await killConnections()
    await Promise.all(Array.from({ length: 20 }, () => store.all('SELECT 1')))
    expect(await writeBatch(store)).toBe(1)
    await killConnections()
    expect(await store.snapshot((reader) => reader.all('SELECT 1 AS one'))).toEqual([{ one: 1 }])
    expect(await writeBatch(store)).toBe(2)
    expect(await wholeBatches(store)).toBe(2)
  })
})

/** Tries again while the store says that it is not available. */
async function writeUntilDone(store: ViewStore): Promise<number> {
  for (;;) {
    try {
      return await writeBatch(store)
    } catch (error) {
      expect(error).toMatchObject({ retryable: true })
      await pause(50)
    }
  }
}

describe('a network', () => {
  let proxy: TcpProxy
  let store: ViewStore
  beforeEach(async () => {
    proxy = await TcpProxy.start(server.port)
    store = open({ url: url.replace(`:${server.port}/`, `:${proxy.port}/`), answerSeconds: 3 })
    await store.createTables([table])
    await writeBatch(store)
  })
  afterEach(() => proxy.close())

  it('that stops without a word makes reads and writes fail in bounded time, until it is back', async () => {
    proxy.down = () => undefined
    const waited = await tookMs(async () => {
      await expect(store.all('SELECT 1')).rejects.toMatchObject(UNAVAILABLE)
      await expect(store.transaction((tx) => tx.all('SELECT 1'))).rejects.toMatchObject(UNAVAILABLE)
    })
    expect(waited).toBeLessThan(30_000)
    proxy.down = undefined
    expect(await store.all('SELECT 1 AS one')).toEqual([{ one: 1 }])
    expect(await writeUntilDone(store)).toBe(1)
  })

  it('that is cut rolls back what was under way', async () => {
    const cut = store.transaction(async (tx) => {
      await tx.upsert(table, [{ id: 99, batch: 9 }])
      proxy.cut()
      await tx.upsert(table, [{ id: 100, batch: 9 }])
    })
    await expect(cut).rejects.toMatchObject(UNAVAILABLE)
    expect(await writeBatch(store)).toBe(1)
    expect(await wholeBatches(store)).toBe(1)
  })

  it('that loses the answer to a commit leaves all of it or nothing, and the checkpoint tells which', async () => {
    const from = await store.checkpoint('p', 0)
    const lost = store.transaction(async (tx) => {
      await tx.upsert(
        table,
        Array.from({ length: BATCH }, (_, index) => ({ id: BATCH + index, batch: 1 })),
      )
      await tx.moveCheckpoint('p', { partition: 0, from, to: '1' })
      proxy.down = () => undefined
    })
    await expect(lost).rejects.toMatchObject(UNAVAILABLE)
    proxy.down = undefined
    // the server got the commit
    expect(await wholeBatches(store)).toBe(1)
    expect(await writeBatch(store)).toBe(2)
  })
})

describe('work that catches the error of the server', () => {
  it('is told which statement failed, and none of the values in it, since errors are logged', async () => {
    const store = open()
    const secrets = {
      name: 'kept',
      key: ['id'],
      columns: { id: 'text', hash: 'text' },
    } as const satisfies TableDefinition
    await store.createTables([secrets])
    const row = { id: 'x', hash: 'a-hash-of-a-password' }
    const twice = async (tx: ViewTransaction) => {
      for (let i = 0; i < 2; i++) await tx.run('INSERT INTO kept (id, hash) VALUES (?, ?)', [row.id, row.hash])
    }
    const error = await store.transaction(twice).catch((thrown: unknown) => thrown)
    expect(inspect(error, { depth: 9, showHidden: true })).toMatch(/ER_DUP_ENTRY[^]*INSERT INTO/)
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('a-hash-of-a-password')
  })

  it('cannot go on outside of the transaction that the server ended', async () => {
    const store = open()
    await store.createTables([table])
    const swallowed = store.transaction(async (tx) => {
      await killConnections()
      await tx.upsert(table, [{ id: 1, batch: 1 }]).catch(() => undefined)
    })
    await expect(swallowed).rejects.toMatchObject(UNAVAILABLE)
    const deadlocked = store.transaction(async (tx) => {
      await tx.upsert(table, [{ id: 1, batch: 1 }])
      await tx.run("SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213").catch(() => undefined)
      await tx.upsert(table, [{ id: 2, batch: 1 }])
    })
    await expect(deadlocked).rejects.toMatchObject(UNAVAILABLE)
    expect(await store.all('SELECT id FROM things')).toEqual([])
  })
})
