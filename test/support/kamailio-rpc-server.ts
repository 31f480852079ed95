/** A small HTTP server that answers JSON-RPC with what a real Kamailio answered. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { rpcResult } from './kamailio-capture.js'

type Answer = { readonly result: unknown } | { readonly error: { readonly code: number; readonly message: string } }

export class KamailioRpcServer {
  boot = ''
  seq = 0
  /** µs. */
  nowUs = 0
  /** Methods called, in order. */
  readonly calls: string[] = []
  /** Answers other than the captured ones; 'silence': none at all. */
  readonly answers = new Map<string, Answer | 'silence'>()
  #server: Server | undefined

  get url(): string {
    return `http://127.0.0.1:${(this.#server!.address() as AddressInfo).port}/RPC`
  }

  async start(): Promise<this> {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const { method, params, id } = JSON.parse(Buffer.concat(chunks).toString()) as {
          method: string
          params: unknown[]
          id: number
        }
        this.calls.push(method)
        const answer = this.answers.get(method) ?? this.#answer(method, params)
        if (answer === 'silence') return
        response.writeHead('error' in answer ? answer.error.code : 200, { 'content-type': 'application/json' })
        response.end(JSON.stringify({ jsonrpc: '2.0', ...answer, id }))
      })
    }).listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return this
  }

  async stop(): Promise<void> {
    this.#server!.closeAllConnections()
    this.#server!.close()
    await once(this.#server!, 'close')
  }

  #answer(method: string, params: readonly unknown[]): Answer {
    switch (method) {
      case 'htable.get':
        return this.#item(String(params[1]))
      case 'ul.dump':
        return { result: rpcResult(params[0] === 'brief' ? 'ul.dump-brief' : 'ul.dump') }
      case 'ul.lookup':
      case 'dlg.list':
      case 'uac.reg_dump':
      case 'dispatcher.list':
      case 'core.uptime':
      case 'core.version':
        return { result: rpcResult(method) }
      default:
        return { error: { code: 500, message: 'Method Not Found' } }
    }
  }

  #item(name: string): Answer {
    const now = `${Math.floor(this.nowUs / 1_000_000)}.${String(this.nowUs % 1_000_000).padStart(6, '0')}`
    const value = { boot: this.boot, seq: this.seq, now }[name]
    if (value === undefined) return { error: { code: 500, message: "Key name doesn't exist in htable." } }
    return { result: { item: { name, value, flags: 0, expire: 'NEVER' } } }
  }
}
