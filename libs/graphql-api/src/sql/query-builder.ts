import {
  DummyDriver,
  Kysely,
  MysqlAdapter,
  MysqlIntrospector,
  MysqlQueryCompiler,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type Compilable,
  type Dialect,
} from 'kysely'
import type { Value, ViewReader } from '@trunkline/ports'
import type { Database } from './database.js'

const sqlite: Dialect = {
  createAdapter: () => new SqliteAdapter(),
  createDriver: () => new DummyDriver(),
  createIntrospector: (db) => new SqliteIntrospector(db),
  createQueryCompiler: () => new SqliteQueryCompiler(),
}
const mysql: Dialect = {
  createAdapter: () => new MysqlAdapter(),
  createDriver: () => new DummyDriver(),
  createIntrospector: (db) => new MysqlIntrospector(db),
  createQueryCompiler: () => new MysqlQueryCompiler(),
}
const builders = {
  sqlite: new Kysely<Database>({ dialect: sqlite }),
  mysql: new Kysely<Database>({ dialect: mysql }),
} as const

export type Builder = Kysely<Database>

/** Kysely as a compiler only: it writes the text, the view store runs it. */
export function builderFor(reader: Pick<ViewReader, 'dialect'>): Builder {
  return builders[reader.dialect]
}

/** For the few expressions that no text serves both engines with. */
export function dialectOf(builder: Builder): ViewReader['dialect'] {
  return builder === builders.mysql ? 'mysql' : 'sqlite'
}

/** Compiles a query and runs it on the reader; all values travel as parameters. */
export function run<R>(reader: ViewReader, query: Compilable<R>): Promise<R[]> {
  const { sql, parameters } = query.compile()
  return reader.all<R>(sql, parameters as readonly Value[])
}
