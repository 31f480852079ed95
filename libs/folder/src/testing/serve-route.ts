/** A plain HTTP server around the route, as an app would mount it. For tests. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream'
import type { ObjectRoute } from '../folder-object-route.js'

export interface RouteServer {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string
  route: ObjectRoute | undefined
  close(): Promise<void>
}

export async function serveRoute(): Promise<RouteServer> {
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request
    void served.route!({ method, url, headers }).then(({ status, headers: given, body }) => {
      response.writeHead(status, given)
      if (body === undefined) response.end()
      else pipeline(body, response, () => undefined)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const served: RouteServer = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    route: undefined,
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
  return served
}
