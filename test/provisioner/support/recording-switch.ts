/** An Event Socket server that keeps queues, agents and tiers as mod_callcenter does, and remembers what it was told. */
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'

export class RecordingSwitch {
  readonly commands: string[] = []
  readonly queues = new Set<string>()
  readonly tiers = new Map<string, string>()
  /** Agents of queues in the configuration, which come with a queue that is loaded. */
  readonly configured = new Map<string, readonly string[]>()
  /** Answers a command in another way. */
  answer: (command: string) => string | undefined = () => undefined
  #server: Server | undefined
  #port = 0
  readonly #sockets = new Set<Socket>()

  async start(): Promise<void> {
    this.#server = createServer((socket) => this.#serve(socket)).listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#port = (this.#server.address() as AddressInfo).port
  }

  get setting(): string {
    return `pbx1=esl://:ClueCon@127.0.0.1:${this.#port}`
  }

  /** As a crash does. */
  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server?.close()
    await once(this.#server!, 'close')
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    socket.write('Content-Type: auth/request\n\n')
    let text = ''
    socket.on('data', (data: Buffer) => {
      text += data.toString('latin1')
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const line = text.slice(0, end)
        text = text.slice(end + 2)
        if (line.startsWith('auth ')) {
          const reply = line === 'auth ClueCon' ? '+OK accepted' : '-ERR invalid'
          socket.write(`Content-Type: command/reply\nReply-Text: ${reply}\n\n`)
        } else {
          const body = this.#api(line.replace(/^api /, ''))
          socket.write(`Content-Type: api/response\nContent-Length: ${body.length}\n\n${body}`)
        }
      }
    })
  }

  #api(command: string): string {
    if (command !== 'uptime') this.commands.push(command)
    return this.answer(command) ?? this.#callcenter(command) ?? '+OK\n'
  }

  #callcenter(command: string): string | undefined {
    const [name, section, action, first = '', second = ''] = command.split(' ')
    if (name !== 'callcenter_config') return undefined
    if (section === 'queue' && action === 'list' && first === 'tiers') {
      const tiers = [...this.tiers].filter(([key]) => key.startsWith(`${second} `)).map(([, line]) => line)
      return table('queue|agent|state|level|position', tiers)
    }
    if (section === 'queue' && action === 'list')
      return table(
        'name|strategy',
        [...this.queues].map((one) => `${one}|x`),
      )
    if (section === 'tier' && action === 'list') {
      return table('queue|agent|state|level|position', [...this.tiers.values()])
    }
    if (section === 'queue' && action === 'reload') {
      this.queues.add(first)
      for (const agent of this.configured.get(first) ?? []) this.#addTier(first, agent)
    }
    if (section === 'queue' && action === 'unload') this.queues.delete(first)
    if (section === 'tier' && action === 'reload') this.#addTier(first, second)
    // its tiers go with an agent
    if (section === 'agent' && action === 'del') {
      for (const key of [...this.tiers.keys()]) if (key.endsWith(` ${first}`)) this.tiers.delete(key)
    }
    if (section === 'tier' && action === 'del') this.tiers.delete(`${first} ${second}`)
    return undefined
  }

  #addTier(queue: string, agent: string): void {
    this.tiers.set(`${queue} ${agent}`, `${queue}|${agent}|Ready|0|1`)
  }
}

const table = (head: string, lines: readonly string[]) => `${[head, ...lines, '+OK'].join('\n')}\n`
