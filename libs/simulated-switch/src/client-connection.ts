import type { Socket } from 'node:net'
import { CommandReader, type Command } from './command-reader.js'
import { utf8Of } from './event-summary.js'
import { Outgoing } from './outgoing.js'
import { Subscription } from './subscription.js'
import type { SwitchEvent } from './switch-event.js'

/** What a connection needs from the switch behind it. */
export interface ConnectionHost {
  readonly password: string
  /** A client with more than this waiting is cut off, bytes. */
  readonly maxBufferedBytes: number
  /** Runs an API command; latin1 text. */
  api(command: string): string
  /** Starts a background job; returns its id. */
  backgroundApi(command: string, jobUuid: string | undefined): string
  subscribed(connection: ClientConnection): void
  closed(connection: ClientConnection): void
}

const GOODBYE = 'Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n'

/** One client of the Event Socket: signs in, subscribes, asks, listens. */
export class ClientConnection {
  readonly subscription = new Subscription()
  readonly outgoing: Outgoing
  readonly #socket: Socket
  readonly #host: ConnectionHost
  readonly #reader = new CommandReader()
  #signedIn = false
  #leaving = false

  constructor(socket: Socket, host: ConnectionHost) {
    this.#socket = socket
    this.#host = host
    this.outgoing = new Outgoing(socket)
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
    socket.on('error', () => socket.destroy())
    socket.on('close', () => host.closed(this))
    socket.on('end', () => socket.end())
  }

  /** Says `auth/request`; to be called once everything is wired. */
  greet(): void {
    this.#send('Content-Type: auth/request\n\n')
  }

  /** Whether events of any kind were asked for and the client is still there. */
  get listening(): boolean {
    return this.#signedIn && !this.#leaving && !this.#socket.destroyed && this.subscription.active
  }

  get pendingBytes(): number {
    return this.#socket.destroyed ? 0 : this.outgoing.pendingBytes
  }

  offer(event: SwitchEvent): void {
    if (!this.listening || !this.subscription.wants(event)) return
    this.outgoing.send(this.subscription.format === 'json' ? event.json : event.plain)
    if (this.pendingBytes > this.#host.maxBufferedBytes) this.destroy()
  }

  /** Cuts the connection; what was not sent is lost. */
  destroy(): void {
    this.#socket.destroy()
  }

  /** Delivers what is queued, then a bare EOF. */
  finish(): void {
    this.#leaving = true
    this.outgoing.end()
  }

  #read(chunk: Buffer): void {
    try {
      for (const command of this.#reader.read(chunk)) if (!this.#leaving) this.#run(command)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      this.destroy()
    }
    if (this.pendingBytes > this.#host.maxBufferedBytes) this.destroy()
  }

  #run(command: Command): void {
    const [verb = '', ...words] = command.line.split(/\s+/)
    if (verb === 'exit' || verb === '...') return this.#leave('+OK bye')
    if (!this.#signedIn) return this.#signIn(verb, command.line)
    const rest = command.line.slice(verb.length).trim()
    switch (verb) {
      case 'event':
        if (!this.subscription.listen(words)) return this.#reply('-ERR no keywords supplied')
        this.#reply(`+OK event listener enabled ${this.subscription.format}`)
        return this.#host.subscribed(this)
      case 'noevents':
        this.subscription.clear()
        return this.#reply('+OK no longer listening for events')
      case 'nixevent':
        this.subscription.nix(words)
        return this.#reply('+OK events nixed')
      case 'filter':
        return this.#filter(words)
      case 'linger':
      case 'nolinger':
        return this.#reply('-ERR not controlling a session')
      case 'log':
        return this.#reply(`+OK log level ${rest || 'DEBUG'} [7]`)
      case 'nolog':
        return this.#reply('+OK no longer logging')
      case 'api':
        return this.#answer(this.#host.api(rest))
      case 'bgapi': {
        const job = this.#host.backgroundApi(rest, command.headers.get('job-uuid'))
        return this.#reply(`+OK Job-UUID: ${job}\nJob-UUID: ${job}`)
      }
      case 'auth':
        return this.#reply('+OK accepted')
      default:
        return this.#reply('-ERR command not found')
    }
  }

  #signIn(verb: string, line: string): void {
    if (verb !== 'auth') return this.#reply('-ERR command not found')
    if (utf8Of(line.slice(5)) !== this.#host.password) return this.#leave('-ERR invalid')
    this.#signedIn = true
    this.#reply('+OK accepted')
  }

  #filter([first = '', second, ...rest]: readonly string[]): void {
    if (first === 'delete' && second !== undefined) {
      const value = rest.length > 0 ? rest.join(' ') : undefined
      this.subscription.deleteFilter(second, value)
      return this.#reply(`+OK filter deleted. [${second}]=[${value ?? ''}]`)
    }
    const [name = '', ...values] = first === 'add' ? [second ?? '', ...rest] : [first, second ?? '', ...rest]
    const value = values.join(' ').trim()
    if (name === '' || value === '') return this.#reply('-ERR invalid syntax')
    this.subscription.addFilter(name, value)
    this.#reply(`+OK filter added. [${name}]=[${value}]`)
  }

  #leave(reply: string): void {
    this.#reply(reply)
    this.#send(`Content-Type: text/disconnect-notice\nContent-Length: ${GOODBYE.length}\n\n${GOODBYE}`)
    this.finish()
  }

  #reply(text: string): void {
    this.#send(`Content-Type: command/reply\nReply-Text: ${text}\n\n`)
  }

  #answer(text: string): void {
    this.#send(`Content-Type: api/response\nContent-Length: ${text.length}\n\n${text}`)
  }

  #send(latin1: string): void {
    this.outgoing.send(Buffer.from(latin1, 'latin1'))
  }
}
