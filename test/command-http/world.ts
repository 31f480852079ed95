/** Everything that takes and shows commands, upon real stores: REST and GraphQL on one server, and the views that follow. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { issueToken, type TokenRequest } from '@trunkline/access'
import { startApiParts, type ApiParts, type RestLimits } from '@trunkline/command-http'
import { startGraphqlApi, type GraphqlApi } from '@trunkline/graphql-api'
import type { ViewStore } from '@trunkline/ports'
import * as projection from '@trunkline/projection'
import { startProvisioningProjector, type ProvisioningProjector } from '@trunkline/provisioning-views'
import { createLogger, loadConfig, Metrics, Shutdown } from '@trunkline/runtime'
import { openSqliteEventLog, openSqliteEventStore } from '@trunkline/sqlite'
import { randomUUID } from 'node:crypto'

export const SECRET = 'a secret for tests, and long enough for HS256'
export const VAULT_KEY = 'ab'.repeat(32)

export interface World {
  readonly url: string
  readonly api: GraphqlApi
  readonly parts: ApiParts
  readonly store: ViewStore
  readonly eventStore: ReturnType<typeof openSqliteEventStore>
  /** What was logged. */
  readonly log: readonly string[]
  close(): Promise<void>
}

const isTable = (value: unknown): value is never =>
  typeof value === 'object' && value !== null && 'columns' in value && 'key' in value

export async function openWorld(
  store: ViewStore,
  { env = {}, limits = {} }: { readonly env?: Record<string, string>; readonly limits?: Partial<RestLimits> } = {},
): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-rest-'))
  const log: string[] = []
  const logger = createLogger({ level: 'debug', name: 'test', destination: { write: (line) => void log.push(line) } })
  const config = loadConfig({ DATA_DIR: folder, JWT_SECRET: SECRET, VAULT_KEY, ...env })
  const shutdown = new Shutdown({ logger })
  const eventStore = openSqliteEventStore({ file: join(folder, 'events.sqlite') })
  const eventLog = openSqliteEventLog({ directory: join(folder, 'log') })
  await store.createTables((Object.values(projection) as unknown[]).filter(isTable))
  await store.transaction((tx) =>
    tx.upsert(projection.outboxStateTable, [{ id: 'outbox', next_seq: 1, published_seq: 0, published_position: '{}' }]),
  )
  const projector: ProvisioningProjector = await startProvisioningProjector({ eventStore, store, logger })
  const parts = await startApiParts(
    { config, logger, shutdown, metrics: new Metrics() },
    { eventStore, store, log: eventLog },
  )
  const api = await startGraphqlApi({
    host: '127.0.0.1',
    port: 0,
    store,
    log: eventLog,
    access: parts.access,
    services: parts.services,
    routes: parts.routesWith(limits),
    logger,
    health: () => Promise.resolve({ ready: true, checks: {} }),
    limits: { burst: 10_000, perSecond: 10_000 },
  })
  return {
    url: api.url,
    api,
    parts,
    store,
    eventStore,
    log,
    async close() {
      await api.close()
      await shutdown.run()
      await projector.close()
      await eventLog.close()
      await eventStore.close()
      await store.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export function token(role: TokenRequest['role'], tenant = 'a.example', user: string = role): Promise<string> {
  return issueToken(SECRET, { role, tenant, user, ttlSeconds: 600 })
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into any shape
  readonly body: any
}

export interface Asked {
  readonly bearer?: string | undefined
  readonly headers?: Record<string, string>
  readonly body?: unknown
}

/** One request to the REST API; a command gets a key of its own unless it has one. */
export async function rest(world: Pick<World, 'url'>, request: string, asked: Asked = {}): Promise<Answer> {
  const [method, path] = request.split(' ', 2) as [string, string]
  const response = await fetch(`${world.url}${path}`, {
    method,
    headers: {
      ...(asked.bearer === undefined ? {} : { authorization: `Bearer ${asked.bearer}` }),
      ...(method === 'GET' ? {} : { 'idempotency-key': randomUUID() }),
      ...(asked.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...asked.headers,
    },
    ...(asked.body === undefined ? {} : { body: JSON.stringify(asked.body) }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) }
}

export async function graphql(
  world: Pick<World, 'url'>,
  bearer: string | undefined,
  request: { readonly query: string; readonly variables?: Record<string, unknown> },
): Promise<Answer> {
  const response = await fetch(`${world.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
    },
    body: JSON.stringify(request),
  })
  return { status: response.status, headers: response.headers, body: await response.json() }
}
