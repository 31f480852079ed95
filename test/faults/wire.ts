/** The network between the apps and one server: healthy, resetting everything, or passing nothing while nobody is told. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

interface Pair {
  readonly client: Socket
  readonly server: Socket
}

export class Wire {
  /** Where it leads; may become known after the wire has an address. */
  target = 0
  readonly #server: Server
  readonly #pairs = new Set<Pair>()
  /** Connections that came while nothing passed. */
  readonly #waiting = new Set<Socket>()
  #state: 'healthy' | 'resetting' | 'silent' = 'healthy'

  private constructor() {
    this.#server = createServer({ pauseOnConnect: true }, (client) => this.#accept(client))
  }

  static async open(target = 0): Promise<Wire> {
    const wire = new Wire()
    wire.target = target
    wire.#server.listen(0, '127.0.0.1')
    await once(wire.#server, 'listening')
    return wire
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Resets all connections, and each new one, until {@link heal}. */
  reset(): void {
    this.#state = 'resetting'
    this.#resetAll()
  }

  /**
   * Passes nothing in either direction until {@link heal}, as when packets are dropped: nobody is told. What was sent
   * meanwhile arrives afterwards, as TCP sends it again, unless its sender has given up the connection.
   */
  silence(): void {
    this.#state = 'silent'
    for (const { client, server } of this.#pairs) {
      client.pause()
      server.pause()
    }
  }

  heal(): void {
    this.#state = 'healthy'
    for (const { client, server } of this.#pairs) {
      client.resume()
      server.resume()
    }
    for (const client of this.#waiting) this.#join(client)
    this.#waiting.clear()
  }

  async close(): Promise<void> {
    this.#state = 'resetting'
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#resetAll()
    await closed
  }

  #resetAll(): void {
    for (const { client, server } of this.#pairs) {
      client.resetAndDestroy()
      server.resetAndDestroy()
    }
    for (const client of this.#waiting) client.resetAndDestroy()
    this.#waiting.clear()
  }

  #accept(client: Socket): void {
    client.on('error', () => undefined)
    switch (this.#state) {
      case 'healthy':
        return this.#join(client)
      case 'resetting':
        return void client.resetAndDestroy()
      case 'silent':
        this.#waiting.add(client)
        client.once('close', () => this.#waiting.delete(client))
    }
  }

  #join(client: Socket): void {
    if (client.destroyed) return
    const server = connect(this.target, '127.0.0.1')
    const pair = { client, server }
    this.#pairs.add(pair)
    server.on('error', () => undefined)
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.on('data', (bytes: Buffer) => {
        if (to.destroyed || to.write(bytes)) return
        from.pause()
        to.once('drain', () => {
          if (this.#state !== 'silent') from.resume()
        })
      })
      from.on('end', () => to.end())
      from.on('close', () => {
        to.destroySoon()
        if (client.destroyed && server.destroyed) this.#pairs.delete(pair)
      })
    }
    client.resume()
  }
}
