import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface SpecFrame {
  readonly header: string
  readonly body: Buffer
}

/** The plainest Event Socket client, for tests: keeps every byte, splits frames when asked. */
export class SpecClient {
  readonly socket: Socket
  readonly chunks: Buffer[] = []
  ended = false

  private constructor(port: number) {
    this.socket = connect(port, '127.0.0.1')
    this.socket.on('data', (chunk: Buffer) => void this.chunks.push(chunk))
    this.socket.on('error', () => {})
    this.socket.on('end', () => (this.ended = true))
    this.socket.on('close', () => (this.ended = true))
  }

  static async open(port: number): Promise<SpecClient> {
    const client = new SpecClient(port)
    await once(client.socket, 'connect')
    return client
  }

  say(command: string): void {
    this.socket.write(`${command}\n\n`)
  }

  bytes(): Buffer {
    return Buffer.concat(this.chunks)
  }

  frames(): SpecFrame[] {
    const all = this.bytes()
    const frames: SpecFrame[] = []
    for (let at = 0; at < all.length;) {
      const end = all.indexOf('\n\n', at)
      if (end < 0) break
      const header = all.toString('latin1', at, end)
      const next = end + 2 + Number(/Content-Length: (\d+)/.exec(header)?.[1] ?? 0)
      if (next > all.length) break
      frames.push({ header, body: all.subarray(end + 2, next) })
      at = next
    }
    return frames
  }

  events(): Record<string, string>[] {
    return this.frames()
      .filter((frame) => frame.header.includes('text/event-json'))
      .map((frame) => JSON.parse(frame.body.toString('utf8')) as Record<string, string>)
  }

  async until(holds: (bytes: Buffer) => boolean, withinMs = 60_000): Promise<void> {
    const end = Date.now() + withinMs
    while (!holds(this.bytes())) {
      if (this.ended) throw new Error('the switch ended the connection')
      if (Date.now() > end) throw new Error(`not seen in time; last: ${this.bytes().subarray(-300).toString('latin1')}`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  async untilEnded(): Promise<void> {
    await this.until(() => this.ended)
  }

  /** Asks by `api` and gives the answer's body. */
  async api(command: string): Promise<string> {
    const before = this.answers().length
    this.say(`api ${command}`)
    await this.until(() => this.answers().length > before)
    return this.answers()[before]!.body.toString('utf8')
  }

  answers(): SpecFrame[] {
    return this.frames().filter((frame) => frame.header.includes('api/response'))
  }

  close(): void {
    this.socket.destroy()
  }
}
