/** A SIP phone of bytes: sends what SIPp would not, and takes any connection. Text is latin1: one character, one byte. */
import { createHash } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { connect as connectTls, type TLSSocket } from 'node:tls'

export interface PhoneRequest {
  readonly method: string
  readonly user: string
  readonly domain?: string
  readonly password?: string
  /** Request-URI; the domain itself by default. */
  readonly uri?: string
  readonly to?: string
  /** Stands before <From>. */
  readonly displayName?: string
  /** Whole header lines, each with its line end. */
  readonly headers?: string
  readonly body?: string
  readonly callId?: string
  readonly cseq?: number
}

interface Round {
  readonly callId: string
  readonly cseq: number
  readonly credentials: string
}

const md5 = (text: string) => createHash('md5').update(text, 'latin1').digest('hex')
let counter = 0

export class SipPhone {
  readonly #inbox: string[] = []
  readonly #waiting: ((message: string | undefined) => void)[] = []

  private constructor(
    readonly address: string,
    readonly port: number,
    private readonly transport: 'UDP' | 'TLS',
    private readonly output: (bytes: Buffer) => void,
    readonly close: () => void,
  ) {}

  static async udp(proxyPort: number, address = '127.0.0.1'): Promise<SipPhone> {
    const socket: Socket = createSocket('udp4')
    socket.bind(0, address)
    await once(socket, 'listening')
    const send = (bytes: Buffer) => socket.send(bytes, proxyPort, '127.0.0.1')
    const phone = new SipPhone(address, socket.address().port, 'UDP', send, () => socket.close())
    socket.on('message', (message) => phone.#take(message.toString('latin1')))
    return phone
  }

  /** Each write of the server is one message here: replies are short. */
  static async tls(proxyPort: number): Promise<SipPhone> {
    const socket: TLSSocket = connectTls({ host: '127.0.0.1', port: proxyPort, rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    const send = (bytes: Buffer) => void socket.write(bytes)
    const phone = new SipPhone('127.0.0.1', socket.localPort!, 'TLS', send, () => socket.destroy())
    socket.on('data', (data: Buffer) => phone.#take(data.toString('latin1')))
    return phone
  }

  send(message: string): void {
    this.output(Buffer.from(message, 'latin1'))
  }

  /** The next message that comes in, undefined when none does in time. */
  receive(timeoutMs = 10_000): Promise<string | undefined> {
    const next = this.#inbox.shift()
    if (next !== undefined) return Promise.resolve(next)
    return new Promise((resolve) => {
      const answer = (message: string | undefined) => {
        clearTimeout(timer)
        resolve(message)
      }
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(answer), 1)
        resolve(undefined)
      }, timeoutMs)
      this.#waiting.push(answer)
    })
  }

  /** Sends a request, and once more with credentials when asked for them. Gives the status, 0 without an answer. */
  async request(request: PhoneRequest, timeoutMs = 10_000): Promise<number> {
    const callId = request.callId ?? `phone-${process.pid}-${++counter}`
    const cseq = request.cseq ?? 1
    let reply = await this.#exchange(request, { callId, cseq, credentials: '', timeoutMs })
    const challenge = /^(WWW|Proxy)-Authenticate: Digest realm="([^"]*)", nonce="([^"]*)"/m.exec(reply ?? '')
    if (challenge !== null) {
      const credentials = credentialsFor(request, challenge)
      reply = await this.#exchange(request, { callId, cseq: cseq + 1, credentials, timeoutMs })
    }
    return Number(/^SIP\/2\.0 (\d{3})/.exec(reply ?? '')?.[1] ?? 0)
  }

  register(user: string, more: Partial<PhoneRequest> & { expires?: number } = {}): Promise<number> {
    const { expires = 60, ...rest } = more
    const headers = `Contact: <sip:${user}@${this.address}:${this.port}>\r\nExpires: ${expires}\r\n`
    return this.request({ method: 'REGISTER', user, headers, ...rest })
  }

  async #exchange(request: PhoneRequest, round: Round & { timeoutMs: number }): Promise<string | undefined> {
    const branch = `z9hG4bK${process.pid}x${++counter}`
    this.send(this.#text(request, { ...round, branch }))
    for (;;) {
      const reply = await this.receive(round.timeoutMs)
      if (reply === undefined) return undefined
      // requests of others, provisional answers and late ones are not what is waited for
      if (!/^SIP\/2\.0 [2-6]/.test(reply) || !reply.includes(`CSeq: ${round.cseq} ${request.method}`)) continue
      if (!reply.includes(`Call-ID: ${round.callId}\r\n`)) continue
      if (request.method !== 'INVITE') return reply
      const to = /^To: (.*)\r$/m.exec(reply)?.[1]
      this.send(this.#text({ ...request, method: 'ACK', headers: '', body: '' }, { ...round, branch, to }))
      return reply
    }
  }

  #text(request: PhoneRequest, round: Round & { branch: string; to?: string | undefined }): string {
    const { method, user, domain = 'kam.lab', displayName = '', headers = '', body = '' } = request
    const { uri = `sip:${domain}`, to = `sip:${user}@${domain}` } = request
    return [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/${this.transport} ${this.address}:${this.port};branch=${round.branch};rport`,
      'Max-Forwards: 70',
      `From: ${displayName}<sip:${user}@${domain}>;tag=${round.callId}`,
      `To: ${round.to ?? `<${to}>`}`,
      `Call-ID: ${round.callId}`,
      `CSeq: ${round.cseq} ${method}`,
      `${round.credentials}${headers}Content-Length: ${body.length}`,
      '',
      body,
    ].join('\r\n')
  }

  #take(message: string): void {
    const waiting = this.#waiting.shift()
    if (waiting === undefined) this.#inbox.push(message)
    else waiting(message)
  }
}

function credentialsFor(request: PhoneRequest, challenge: RegExpExecArray): string {
  const { method, user, domain = 'kam.lab', password = 'secret' } = request
  const uri = request.uri ?? `sip:${domain}`
  const [, kind, realm = '', nonce = ''] = challenge
  const response = md5(`${md5(`${user}:${realm}:${password}`)}:${nonce}:00000001:abc:auth:${md5(`${method}:${uri}`)}`)
  const header = kind === 'WWW' ? 'Authorization' : 'Proxy-Authorization'
  const digest = `username="${user}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}"`
  return `${header}: Digest ${digest}, algorithm=MD5, qop=auth, nc=00000001, cnonce="abc"\r\n`
}
