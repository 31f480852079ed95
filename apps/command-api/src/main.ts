/**
 * Takes commands for the aggregates. This version has no aggregate yet, so GraphQL has no mutations and the service
 * accepts nothing: it serves health, and answers every command with NOT_FOUND in the words of docs/errors.md. It
 * stands here so that deployments and monitoring know their place for it.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createLogger, loadConfig, Shutdown } from '@trunkline/runtime'

const { host, port, logLevel } = loadConfig(process.env)
const logger = createLogger({ level: logLevel, name: 'command-api', fd: 2 })
const shutdown = new Shutdown({ logger })
shutdown.listen()

const server = createServer((request, response) => {
  const healthy = request.method === 'GET' && /^\/health\/(live|ready)(\?|$)/.test(request.url ?? '')
  const body = healthy
    ? { status: 'ok' }
    : { error: { code: 'NOT_FOUND', message: 'no such command', retryable: false } }
  response.writeHead(healthy ? 200 : 404, { 'content-type': 'application/json; charset=utf-8' })
  response.end(JSON.stringify(body))
})
await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve))
shutdown.add(
  'http',
  () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    }),
)
process.stdout.write(`commands at http://${host}:${(server.address() as AddressInfo).port}\n`)
