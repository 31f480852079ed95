/**
 * No statement that MariaDB alone understands: the server's own log of everything that was sent to it (tables made,
 * migrated, swapped, filled and rebuilt; every query of GraphQL), read by MySQL's grammar, and by lists of what is known
 * to differ between the two.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { openMysqlViewStore } from '@trunkline/mysql'
import { STREAMS, type TableDefinition, type ViewStore } from '@trunkline/ports'
import {
  allProjections,
  openChannels,
  rebuildView,
  replayParked,
  SHARED_TABLES,
  startProjector,
  startRelay,
  VIEWS,
} from '@trunkline/projection'
import { openSqliteEventLog } from '@trunkline/sqlite'
import mysql from 'mysql2/promise'
import { contextOf, EVERY_QUERY, mayAsk, VIEWERS } from '../../libs/graphql-api/src/testing/every-query.js'
import { fill } from '../../libs/graphql-api/src/testing/many-rows.js'
import { TestWorld } from '../../libs/graphql-api/src/testing/test-world.js'
import { startMariadb, type MariadbServer } from '../support/mariadb-server.js'
import { silentLogger } from '../support/pipeline.js'
import { platformFacts } from '../support/platform-facts.js'
import { shapeOf, valuesFilledIn } from '../support/statement-shape.js'

const DATABASE = 'statements'
let server: MariadbServer
let folder: string
let shapes: string[]

beforeAll(async () => {
  server = await startMariadb()
  folder = mkdtempSync(join(tmpdir(), 'trunkline-statements-'))
  const url = await server.createDatabase(DATABASE)
  const admin = await mysql.createConnection(server.url('mysql'))
  try {
    await admin.query("SET GLOBAL log_output = 'TABLE', general_log = ON")
    await changeTables(openMysqlViewStore({ url }))
    await projectAll(openMysqlViewStore({ url }))
    await askAll(openMysqlViewStore({ url: await server.createDatabase('questions') }))
    await admin.query('SET GLOBAL general_log = OFF')
    const [rows] = await admin.query(
      `SELECT CONVERT(argument USING utf8mb4) AS text FROM general_log WHERE command_type = 'Query' AND thread_id <> CONNECTION_ID()`,
    )
    shapes = [...new Set((rows as { text: string }[]).map(({ text }) => shapeOf(text)))]
  } finally {
    await admin.end()
  }
})
afterAll(async () => {
  await server.dispose()
  rmSync(folder, { recursive: true, force: true })
})

const kept = { name: 'kept', key: ['id'], columns: { id: 'integer', label: 'text' } } as const satisfies TableDefinition

async function changeTables(store: ViewStore): Promise<void> {
  const shadow = { ...kept, name: 'kept__g1', indexes: { kept_label__g1: ['label'] } }
  await store.migrate([{ version: 1, name: 'one', steps: [{ createTable: kept }] }])
  await store.migrate([
    { version: 1, name: 'one', steps: [{ createTable: kept }] },
    { version: 2, name: 'two', steps: [{ addColumn: { table: 'kept', column: 'more', type: 'real' } }] },
  ])
  await store.createTables([{ ...kept, indexes: { kept_label: ['label'] } }, shadow])
  await store.transaction(async (tx) => {
    await tx.upsert(shadow, [{ id: 1, label: "'it''s' \\ \" `; --" }])
    await tx.remove(shadow, [{ id: 1 }, { id: 2 }])
  })
  await store.replaceTables([{ live: 'kept', shadow: 'kept__g1' }])
  await store.dropTables(['kept'])
  await store.close()
}

async function projectAll(store: ViewStore): Promise<void> {
  const log = openSqliteEventLog({ directory: join(folder, 'log') })
  const facts = [...platformFacts().values()].flat()
  await log.append(STREAMS.switch, [...facts, { ...facts[0]!, id: 'poison', type: 'no.such.fact' }])
  await store.createTables(SHARED_TABLES)
  const options = { log, store, logger: silentLogger }
  const projector = await startProjector({ ...options, projections: allProjections() })
  const relay = await startRelay({ ...options, isActive: () => true })
  await projector.caughtUp()
  await openChannels(store, 'pbx1')
  await projector.close()
  await relay.close()
  await replayParked({ store, projections: allProjections() })
  for (const make of Object.values(VIEWS)) await rebuildView({ ...options, projection: make() })
  await store.close()
  await log.close()
}

async function askAll(store: ViewStore): Promise<void> {
  const world = await TestWorld.create(store)
  await fill(world, 200)
  for (const who of VIEWERS) {
    for (const query of EVERY_QUERY.filter((one) => mayAsk(one, who))) {
      await query.run(contextOf(who, store))
      const page = (await query.page?.(contextOf(who, store), { first: 2 })) as Page | undefined
      const cursor = page?.edges.at(-1)?.cursor
      if (cursor === undefined) continue
      await query.page!(contextOf(who, store), { first: 2, after: cursor })
      await query.page!(contextOf(who, store), { last: 2, before: cursor })
    }
    await store.snapshot((reader) => contextOf(who, reader).loaders.gaps.load('pbx1'))
  }
  await world.close()
}
interface Page {
  readonly edges: readonly { readonly cursor: string }[]
}

/** Runs the grammar in a process of its own, and gives what it refuses. */
function refused(statements: readonly string[]): unknown {
  const script = join(import.meta.dirname, '../support/mysql-grammar.mjs')
  const input = JSON.stringify(statements)
  const { stdout, stderr, status } = spawnSync(process.execPath, [script], { input, encoding: 'utf8', maxBuffer: 1e8 })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}

/** What MariaDB 10.11 takes and MySQL 8 does not, or understands otherwise. */
const DIFFERENCES: readonly RegExp[] = [
  /\bRETURNING\b/i,
  /\bOR REPLACE\b/i,
  /\b(INDEX|COLUMN|KEY|CONSTRAINT|PRIMARY|ALTER TABLE)\s+IF\s+(NOT\s+)?EXISTS\b/i,
  /\bRENAME TABLE IF EXISTS\b|\b(NO)?WAIT\s+\d|\bDROP INDEX IF EXISTS\b/i,
  /nopad|uca1400|utf8mb3|\butf8\b/i,
  /\b(SEQUENCE|NEXTVAL|LASTVAL|NEXT VALUE|PREVIOUS VALUE)\b/i,
  /\bSYSTEM VERSIONING\b|\bFOR SYSTEM_TIME\b|\bPERIOD FOR\b/i,
  /\bLIMIT\b[^)]*\bROWS EXAMINED\b|\bSET STATEMENT\b|\bFETCH (FIRST|NEXT)\b/i,
  /max_statement_time|idle_transaction_timeout|\baria\b|page_checksum|ROW_FORMAT\s*=\s*PAGE\b/i,
  /\bOFFSET\s+\S+\s+ROWS?\b|\bMINUS\b|\bEXECUTE IMMEDIATE\b|\bBEGIN NOT ATOMIC\b/i,
  /\|\||(?<![<>=!])=>|:=|->/,
]

/** Reserved in MySQL 8 or 9 and not in MariaDB 10.11: names that must be quoted there. */
const RESERVED =
  'cube cume_dist dense_rank empty except external first_value function grouping groups json_table lag last_value lateral lead library manual nth_value ntile of over parallel percent_rank qualify rank recursive row rows row_number system tablesample window'.split(
    ' ',
  )

/** Functions that both manuals describe alike, `VALUES()` as MySQL does until a release after 9. */
const ALIKE =
  'avg coalesce concat count database floor get_lock left lower max min nullif release_lock round sum values'.split(' ')

/** Words that may stand before a bracket, as types and tables of statements that are ours do. */
const NO_FUNCTION =
  /\b(and|as|by|exists|from|in|index|into \w+|exists \w+|key|not|on|or|select|table|varchar|where|case|when|then|union|all|`x`)\s*\(/gi

const bare = (shape: string) => shape.replace(/`[^`]*`/g, '`x`')

describe('the statements that MySQL is sent', () => {
  it('are many, of every kind', () => {
    expect(shapes.length).toBeGreaterThan(150)
    for (const kind of [
      /^CREATE TABLE/,
      /^ALTER TABLE .* ADD COLUMN/,
      /^ALTER TABLE .* ADD INDEX/,
      /^RENAME TABLE/,
      /^DROP TABLE/,
      /^INSERT INTO `calls`/,
      /^INSERT INTO `calls__g\d+`/,
      /^INSERT INTO `parked_records`/,
      /^DELETE FROM/,
      /^UPDATE checkpoints/,
      /^SET SESSION/,
      /^START TRANSACTION WITH CONSISTENT SNAPSHOT/,
      /^SELECT .* FOR UPDATE/,
      /regexp/,
      /group by/,
    ]) {
      expect({ kind: kind.source, found: shapes.some((shape) => kind.test(shape)) }).toMatchObject({ found: true })
    }
  })

  it('are MySQL by its grammar', () => {
    expect(refused(shapes.map(valuesFilledIn))).toEqual([])
  })

  it('hold nothing that is known to be of MariaDB alone', () => {
    for (const difference of DIFFERENCES) expect(shapes.map(bare).filter((shape) => difference.test(shape))).toEqual([])
  })

  it('quote every name that is reserved in MySQL', () => {
    const unquoted = new RegExp(`(?<![@.])\\b(${RESERVED.join('|')})\\b`, 'i')
    expect(shapes.map(bare).filter((shape) => unquoted.test(shape))).toEqual([])
  })

  it('call only functions that both have', () => {
    const called = shapes.flatMap((shape) =>
      [
        ...bare(shape)
          .replace(NO_FUNCTION, '')
          .matchAll(/\b([a-z_]\w*)\s*\(/gi),
      ].map(([, name]) => name!),
    )
    const names = [...new Set(called.map((name) => name.toLowerCase()))]
    expect(names).toEqual(expect.arrayContaining(['count', 'get_lock', 'sum', 'values']))
    expect(names.filter((name) => !ALIKE.includes(name))).toEqual([])
  })
})

describe('the check itself', () => {
  it('refuses statements of MariaDB, and broken ones', () => {
    const foreign = [
      "INSERT INTO `a` (`b`) VALUES ('x') RETURNING `b`",
      'ALTER TABLE `a` ADD INDEX IF NOT EXISTS `i` (`b`)',
      'CREATE OR REPLACE TABLE `a` (`b` INT)',
      'SELECT `b` FROM `a` WHERE',
    ]
    expect(refused(foreign)).toHaveLength(foreign.length)
  })

  it('sees one shape in statements that differ in values, and tells names apart', () => {
    expect(shapeOf("INSERT INTO `a` (`b`, `c`) VALUES (1, 'it''s'), (-2.5e3, NULL),\n ('\\'', \"x\")")).toBe(
      'INSERT INTO `a` (`b`, `c`) VALUES (?, ?)',
    )
    expect(shapeOf("SELECT `1` FROM t2 WHERE a IN ('x', 'y', 3) AND b = 'IN (1)'")).toBe(
      'SELECT `1` FROM t2 WHERE a IN (?) AND b = ?',
    )
    expect(valuesFilledIn('SELECT ?, `?` FROM a LIMIT ? OFFSET ?')).toBe("SELECT 'x', `?` FROM a LIMIT 1 OFFSET 1")
  })
})
