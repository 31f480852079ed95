/** A wire to a server that a test can cut, hold up, or disturb. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** What becomes of the bytes of one direction: others, or undefined to hold them (and all that follow) back. */
export type Disturb = (bytes: Buffer) => Buffer | undefined

export class TcpProxy {
  /** From the client to the server. */
  up: Disturb | undefined
  /** From the server to the client. */
  down: Disturb | undefined
  /** Answers a new connection itself, with this text, and closes it. */
  answer: (() => string | undefined) | undefined
  /** Bytes that went each way so far. */
  readonly passed = { up: 0, down: 0 }
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(to: number) {
    this.#server = createServer((client) => this.#wire(client, to))
  }

  static async start(to: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(to)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** Resets all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.cut()
    await closed
  }

  #wire(client: Socket, to: number): void {
    this.#keep(client)
    const answer = this.answer?.()
    if (answer !== undefined) {
      client.once('data', () => client.end(answer))
      return
    }
    const server = connect(to, '127.0.0.1')
    this.#keep(server)
    this.#pass(client, server, 'up')
    this.#pass(server, client, 'down')
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => this.#sockets.delete(socket))
  }

  #pass(from: Socket, to: Socket, direction: 'up' | 'down'): void {
    let held = false
    from.on('data', (bytes: Buffer) => {
      const disturb = this[direction]
      const passed = held ? undefined : disturb === undefined ? bytes : disturb(bytes)
      held ||= passed === undefined
      if (passed === undefined || to.destroyed) return
      this.passed[direction] += passed.length
      if (to.write(passed)) return
      from.pause()
      to.once('drain', () => from.resume())
    })
    from.on('end', () => to.end())
    from.on('close', () => to.destroySoon())
  }
}
