import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Viewer } from '@trunkline/access'
import { WebSocketServer, type WebSocket } from 'ws'
import { DocumentCache } from './document-cache.js'
import { LiveConnection, type ConnectionParts } from './live-connection.js'
import { CLOSE, SUBPROTOCOL } from './protocol.js'

export interface LiveServerOptions extends Omit<ConnectionParts, 'documents' | 'enter' | 'leave'> {
  /** Gives the address of the client behind trusted proxies. */
  readonly addressOf: (request: IncomingMessage) => string
}

const PATH = '/graphql'
const CLOSE_WITHIN_MS = 2000

/** WebSocket side of the API: takes upgrades of `/graphql`, keeps sockets alive, ends them at shutdown. */
export class LiveServer {
  private readonly server: WebSocketServer
  private readonly connections = new Map<WebSocket, { connection: LiveConnection; alive: boolean }>()
  private readonly parts: ConnectionParts
  private readonly pinging: NodeJS.Timeout
  private readonly byViewer = new Map<string, number>()
  private closing = false

  constructor(private readonly options: LiveServerOptions) {
    const { limits, schema } = options
    const documents = new DocumentCache(schema, limits.maxTokens)
    this.parts = {
      ...options,
      documents,
      enter: (viewer) => this.enter(viewer),
      leave: (viewer) => this.count(viewer, -1),
    }
    this.server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: limits.maxBodyBytes,
      // Compressing for each socket on its own would undo the sharing of encoded messages.
      perMessageDeflate: false,
      handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
    })
    this.pinging = setInterval(() => this.pingAll(), limits.pingEveryMs).unref()
  }

  attach(http: Server): void {
    http.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head))
  }

  get sockets(): number {
    return this.connections.size
  }

  /** Ends all sockets with 1001; resolves when they are gone, soon at the latest. */
  async close(): Promise<void> {
    this.closing = true
    clearInterval(this.pinging)
    for (const { connection } of this.connections.values())
      connection.close(CLOSE.goingAway, 'the server is going away')
    const deadline = Date.now() + CLOSE_WITHIN_MS
    while (this.connections.size > 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10))
    for (const socket of this.connections.keys()) socket.terminate()
    this.server.close()
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (request.url?.split('?', 1)[0] !== PATH) return refuse(socket, '404 Not Found')
    if (this.closing || this.connections.size >= this.options.limits.maxSockets)
      return refuse(socket, '503 Service Unavailable')
    this.server.handleUpgrade(request, socket, head, (webSocket) => this.accept(webSocket, socket, request))
  }

  private accept(webSocket: WebSocket, raw: Duplex, request: IncomingMessage): void {
    if (webSocket.protocol !== SUBPROTOCOL) {
      webSocket.on('error', () => webSocket.terminate())
      return webSocket.close(CLOSE.subprotocolNotAcceptable, 'Subprotocol not acceptable')
    }
    const peer = { address: this.options.addressOf(request), authorization: request.headers.authorization }
    const entry = { connection: new LiveConnection(webSocket, raw, peer, this.parts), alive: true }
    this.connections.set(webSocket, entry)
    webSocket.on('pong', () => (entry.alive = true))
    webSocket.on('close', () => this.connections.delete(webSocket))
  }

  private pingAll(): void {
    for (const [socket, entry] of this.connections) {
      if (!entry.alive) socket.terminate()
      else {
        entry.alive = false
        socket.ping()
      }
    }
  }

  private enter(viewer: Viewer): boolean {
    if ((this.byViewer.get(scopeOfSocket(viewer)) ?? 0) >= this.options.limits.maxSocketsPerViewer) return false
    this.count(viewer, 1)
    return true
  }

  private count(viewer: Viewer, change: 1 | -1): void {
    const key = scopeOfSocket(viewer)
    const count = (this.byViewer.get(key) ?? 0) + change
    if (count === 0) this.byViewer.delete(key)
    else this.byViewer.set(key, count)
  }
}

function scopeOfSocket({ role, tenant, user }: Viewer): string {
  return JSON.stringify([role, tenant, user])
}

function refuse(socket: Duplex, status: string): void {
  socket.on('error', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
