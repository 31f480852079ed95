/** A real store, SQLite unless told otherwise, and a log in a temporary folder, filled by hand, and an API upon them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAccess, issueToken, type TokenRequest } from '@trunkline/access'
import type { CallEventType, CallRecord } from '@trunkline/domain'
import {
  STREAMS,
  type EventLog,
  type NewRecord,
  type Row,
  type TableDefinition,
  type ViewStore,
} from '@trunkline/ports'
import * as projection from '@trunkline/projection'
import { PROVISIONING_VIEW_TABLES, provisioningItemsTable } from '@trunkline/provisioning-views'
import { openSqliteEventLog, openSqliteViewStore } from '@trunkline/sqlite'
import { pino } from 'pino'
import { startGraphqlApi, type GraphqlApi, type GraphqlApiOptions } from '../start-graphql-api.js'

export const SECRET = 'a secret for tests, and long enough for HS256'
const SILENT = pino({ level: 'silent' })

export interface Answer {
  readonly status: number
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into any shape
  readonly data: any
  readonly errors: readonly { message: string; path?: unknown; extensions: { code: string } }[] | undefined
}

const isTable = (value: unknown): value is TableDefinition =>
  typeof value === 'object' && value !== null && 'columns' in value && 'key' in value

export class TestWorld {
  readonly folder = mkdtempSync(join(tmpdir(), 'trunkline-api-'))
  readonly store: ViewStore
  log: EventLog = this.openLog()
  private seq = 0
  private apis: GraphqlApi[] = []

  private constructor(store: ViewStore | undefined) {
    this.store = store ?? openSqliteViewStore({ file: join(this.folder, 'views.sqlite') })
  }

  static async create(store?: ViewStore): Promise<TestWorld> {
    const world = new TestWorld(store)
    await world.store.createTables((Object.values(projection) as unknown[]).filter(isTable))
    await world.store.createTables([...PROVISIONING_VIEW_TABLES, provisioningItemsTable])
    await world.writeOutbox()
    return world
  }

  openLog(options: { retainRecords?: number; partitions?: number } = {}): EventLog {
    return openSqliteEventLog({ directory: join(this.folder, 'log'), ...options })
  }

  get lastSeq(): number {
    return this.seq
  }

  /** Writes calls with all rows that the projection would write. */
  async writeCalls(...calls: CallRecord[]): Promise<void> {
    await this.store.transaction(async (tx) => {
      const put = (table: TableDefinition, rows: Row[]) => tx.upsert(table, rows)
      await put(projection.callsTable, calls.map(projection.callRow))
      await put(projection.callLegsTable, calls.flatMap(projection.legRows))
      await put(projection.callPartiesTable, calls.flatMap(projection.partyRows))
      await put(projection.recordingsTable, calls.flatMap(projection.recordingRows))
      await put(projection.queueVisitsTable, calls.flatMap(projection.queueRows))
      await put(projection.conferenceMembersTable, calls.flatMap(projection.conferenceRows))
    })
  }

  /** Writes rows; columns that are left out are null. */
  async write(table: TableDefinition, ...rows: Row[]): Promise<void> {
    const blank = Object.fromEntries(Object.keys(table.columns).map((column) => [column, null]))
    await this.store.transaction((tx) =>
      tx.upsert(
        table,
        rows.map((row) => ({ ...blank, ...row })),
      ),
    )
  }

  /** What projection and relay do: rows and outbox in one transaction, then the record. */
  async tellCall(type: CallEventType, ...calls: CallRecord[]): Promise<void> {
    await this.writeCalls(...calls)
    await this.publish(
      STREAMS.calls,
      calls.map((call) => ({ key: call.id, type, data: { at: call.startedAt, call } })),
    )
  }

  async publish(stream: string, events: readonly { key: string; type: string; data: unknown }[]): Promise<void> {
    const records = events.map((event) => this.record(event))
    await this.writeOutbox()
    await this.log.append(stream, records)
  }

  /** A record with the next `seq`; the outbox is to be written before it is published. */
  record({ key, type, data }: { key: string; type: string; data: unknown }): NewRecord {
    const seq = ++this.seq
    return { id: `${key}/${seq}`, type, version: 1, key, time: Date.now() * 1000, data, meta: { seq: String(seq) } }
  }

  async writeOutbox(published = 0): Promise<void> {
    await this.write(projection.outboxStateTable, {
      id: 'outbox',
      next_seq: this.seq + 1,
      published_seq: published,
      published_position: '{}',
    })
  }

  async start(over: Partial<GraphqlApiOptions> = {}): Promise<GraphqlApi> {
    const api = await startGraphqlApi({
      host: '127.0.0.1',
      port: 0,
      store: this.store,
      log: this.log,
      access: createAccess({ secret: SECRET }),
      logger: SILENT,
      health: () => Promise.resolve({ ready: true, checks: { store: 'ok' } }),
      metricsText: () => Promise.resolve('up 1\n'),
      ...over,
    })
    this.apis.push(api)
    return api
  }

  async close(): Promise<void> {
    for (const api of this.apis) await api.close()
    await this.log.close()
    await this.store.close()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

export function token(role: TokenRequest['role'], over: Partial<TokenRequest> = {}): Promise<string> {
  return issueToken(SECRET, { role, tenant: 'a.example', user: role, ttlSeconds: 600, ...over })
}

/** Sends one operation over HTTP. */
export async function ask(
  api: GraphqlApi,
  bearer: string | undefined,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<Answer> {
  const response = await fetch(`${api.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(bearer ? { authorization: `Bearer ${bearer}` } : {}) },
    body: JSON.stringify({ query, variables }),
  })
  const body = (await response.json()) as Omit<Answer, 'status'>
  return { status: response.status, data: body.data, errors: body.errors }
}
