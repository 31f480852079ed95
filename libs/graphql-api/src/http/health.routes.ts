import type { FastifyInstance } from 'fastify'

/** What readiness depends on; each check is named and short. */
export interface HealthReport {
  readonly ready: boolean
  readonly checks: Readonly<Record<string, string | number | boolean>>
}
export type HealthSource = () => Promise<HealthReport>

/** `/health/live`: the process answers. `/health/ready`: it can serve, 503 when not. */
export function registerHealth(server: FastifyInstance, health: HealthSource): void {
  server.get('/health/live', () => ({ status: 'live' }))
  server.get('/health/ready', async (_request, reply) => {
    const report = await health().catch(() => ({ ready: false, checks: { health: 'failed' } }))
    return reply.status(report.ready ? 200 : 503).send({ status: report.ready ? 'ready' : 'not ready', ...report })
  })
}

/** `/metrics` in the text format of Prometheus. */
export function registerMetrics(server: FastifyInstance, metricsText: () => Promise<string>): void {
  server.get('/metrics', async (_request, reply) =>
    reply.header('content-type', 'text/plain; version=0.0.4; charset=utf-8').send(await metricsText()),
  )
}
