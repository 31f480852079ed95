import type { AddressInfo } from 'node:net'
import type { HealthRegistry, Metrics } from '@trunkline/runtime'
import { fastify, type FastifyInstance } from 'fastify'
import { frameworkErrors } from './framework-errors.js'

export interface RestServerOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** Whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[]
  readonly health: HealthRegistry
  readonly metrics: Metrics
  /** Mounts what is served beside health and metrics. */
  routes(server: FastifyInstance): void
}

/** Longest part of a path: keys of blocked callers hold a domain and a number. */
export const MAXIMUM_PATH_PART = 512

/** An HTTP server for the REST API alone, with health and metrics. Rejects when the port is in use. */
export async function startRestServer(options: RestServerOptions): Promise<{ url: string; close(): Promise<void> }> {
  const { host, port, health, metrics } = options
  const server = fastify({
    forceCloseConnections: 'idle',
    frameworkErrors,
    trustProxy: options.trustedProxies.length > 0 && [...options.trustedProxies],
    routerOptions: { maxParamLength: MAXIMUM_PATH_PART },
  })
  for (const [path, report] of [
    ['/health/live', () => health.live()],
    ['/health/ready', () => health.ready()],
  ] as const) {
    server.get(path, async (_request, reply) => {
      const answer = await report()
      return reply.status(answer.ok ? 200 : 503).send(answer)
    })
  }
  server.get('/metrics', async (_request, reply) => {
    const { contentType, body } = await metrics.scrape()
    return reply.header('content-type', contentType).send(body)
  })
  options.routes(server)
  await server.listen({ host, port })
  const { port: taken } = server.server.address() as AddressInfo
  return { url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}`, close: () => server.close() }
}
