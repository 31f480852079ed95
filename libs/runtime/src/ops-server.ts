import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { HealthRegistry, HealthReport } from './health.js'
import type { Metrics } from './metrics.js'

export interface OpsServerOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly health: HealthRegistry
  readonly metrics: Metrics
}

/** `/health/live`, `/health/ready` and `/metrics` for an app that serves nothing else. Rejects when the port is in use. */
export async function startOpsServer(options: OpsServerOptions): Promise<{ url: string; close(): Promise<void> }> {
  const { host, port, health, metrics } = options
  const server = createServer((request, response) => {
    answer(request.url ?? '', response, { health, metrics }).catch((error: unknown) => {
      response.writeHead(500).end(error instanceof Error ? error.message : 'failed')
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const { port: taken } = server.address() as AddressInfo
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}`,
    async close() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

async function answer(
  path: string,
  response: ServerResponse,
  { health, metrics }: Pick<OpsServerOptions, 'health' | 'metrics'>,
): Promise<void> {
  switch (path.split('?')[0]) {
    case '/health/live':
      return json(response, await health.live())
    case '/health/ready':
      return json(response, await health.ready())
    case '/metrics': {
      const { contentType, body } = await metrics.scrape()
      response.writeHead(200, { 'content-type': contentType }).end(body)
      return
    }
    default:
      response.writeHead(404).end()
  }
}

function json(response: ServerResponse, report: HealthReport): void {
  response.writeHead(report.ok ? 200 : 503, { 'content-type': 'application/json' }).end(JSON.stringify(report))
}
