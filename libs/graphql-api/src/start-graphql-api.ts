import 'reflect-metadata'
import type { IncomingMessage } from 'node:http'
import proxyAddr from '@fastify/proxy-addr'
import type { AddressInfo } from 'node:net'
import { NestFactory } from '@nestjs/core'
import { GraphQLSchemaHost } from '@nestjs/graphql'
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify'
import type { Access } from '@trunkline/access'
import { frameworkErrors, type RestServices } from '@trunkline/command-http'
import type { EventLogReader, ViewReader } from '@trunkline/ports'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { ApiModule } from './api.module.js'
import { apolloOptions } from './http/apollo-options.js'
import { limitBodies } from './http/body-limit.js'
import { registerCallsCsv } from './http/calls-csv.route.js'
import { CatalogueFilter } from './http/catalogue.filter.js'
import { registerHealth, registerMetrics, type HealthSource } from './http/health.routes.js'
import { DEFAULT_LIMITS, type Limits } from './limits/limits.js'
import { OperationGate } from './limits/operation-gate.js'
import type { OpenPersons } from './queries/context.js'
import { LiveHub } from './live/live-hub.js'
import { LiveServer } from './ws/live-server.js'

export interface GraphqlApiOptions {
  readonly host: string
  /** 0 takes a free port. */
  readonly port: number
  /** Whose `X-Forwarded-For` is believed; nobody's by default. */
  readonly trustedProxies?: readonly string[]
  readonly store: ViewReader
  readonly log: EventLogReader
  /** What mutations work on. Undefined: they answer PROVISIONING_OFF, and nobody logs in here. */
  readonly services?: RestServices | undefined
  /** Undefined: nobody's personal data is shown. */
  readonly openPersons?: OpenPersons | undefined
  /** Mounts further routes on the same server, before it listens. */
  readonly routes?: ((server: FastifyInstance) => void) | undefined
  readonly access: Access
  readonly logger: Logger
  readonly health: HealthSource
  /** Text for `/metrics`; without it there is no such route. */
  readonly metricsText?: (() => Promise<string>) | undefined
  readonly limits?: Partial<Limits> | undefined
  /** Introspection for everyone, and errors that name types and fields. */
  readonly development?: boolean | undefined
}

export interface GraphqlApi {
  /** http://host:port */
  readonly url: string
  /** For gauges. */
  status(): { readonly sockets: number; readonly subscriptions: number }
  /** Ends sockets with 1001 and waits for running requests. */
  close(): Promise<void>
}

/** Starts the API and resolves when it listens; rejects, with nothing left running, when it cannot. `close` ends sockets with 1001 and waits for running requests. */
export async function startGraphqlApi(options: GraphqlApiOptions): Promise<GraphqlApi> {
  const trusted = [...(options.trustedProxies ?? [])]
  const limits: Limits = { ...DEFAULT_LIMITS, ...options.limits }
  const { store, log, services, openPersons, access, logger, development = false } = options
  let gate: OperationGate | undefined
  const readyGate = () => {
    if (gate === undefined) throw new Error('a request came before the schema was ready')
    return gate
  }
  const apollo = apolloOptions({
    access,
    store,
    services,
    openPersons,
    logger,
    limits,
    development,
    gate: readyGate,
  })
  const adapter = new FastifyAdapter({
    bodyLimit: limits.maxBulkBytes,
    trustProxy: trusted.length > 0 && trusted,

    forceCloseConnections: 'idle',
    frameworkErrors,
    // Keys of blocked callers, in paths, hold a domain and a number.
    routerOptions: { maxParamLength: 512 },
  })
  const app = await NestFactory.create<NestFastifyApplication>(ApiModule.with(apollo), adapter, { logger: false })
  app.useGlobalFilters(new CatalogueFilter(logger))
  const server = adapter.getInstance() as unknown as FastifyInstance
  limitBodies(server, limits, access)
  registerHealth(server, options.health)
  if (options.metricsText !== undefined) registerMetrics(server, options.metricsText)
  options.routes?.(server)
  await app.init()
  const { schema } = app.get(GraphQLSchemaHost)
  gate = new OperationGate(schema, limits, development)
  registerCallsCsv(server, { access, gate, store, schema, logger })
  const hub = new LiveHub({ store, log, schema, logger, limits })
  const isTrusted = proxyAddr.compile(trusted)
  const addressOf = (request: IncomingMessage) => proxyAddr(request, isTrusted) ?? ''
  const live = new LiveServer({ access, gate, hub, limits, logger, schema, store, addressOf })
  const close = async () => {
    await live.close()
    await hub.stop()
    await app.close()
  }
  try {
    await hub.start()
    live.attach(app.getHttpServer())
    await app.listen(options.port, options.host)
  } catch (error) {
    await close()
    throw error
  }
  return {
    url: urlOf(options.host, app.getHttpServer().address() as AddressInfo),
    status: () => ({ sockets: live.sockets, subscriptions: hub.size }),
    close,
  }
}

function urlOf(host: string, { port }: AddressInfo): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}
