/** One authenticated connection to a switch: commands and their replies in order, events as they come. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { safeCommand } from './command-text.js'
import { decodeJsonEvent, decodePlainEvent } from './decode-event.js'
import { EslError } from './esl-error.js'
import type { EslFrame } from './frame.js'
import { EslFramer } from './framer.js'
import type { SwitchEvent } from './translate/event.js'

export interface EslAddress {
  readonly host: string
  readonly port: number
  /** For `userauth`; '' for the password of the socket itself. */
  readonly user: string
  readonly password: string
}

export interface EslHandlers {
  /** Must return at once: the socket is read by the same call, and a switch freezes behind a socket that is not read. */
  readonly onEvent: (event: SwitchEvent, bytes: number) => void
  /** What cannot be read is dropped: a body that is no event, or bytes that belong to no message (type ''). */
  readonly onMalformed?: (contentType: string, bytes: number) => void
  readonly onClose?: (reason: EslError) => void
}

export interface EslConnectionOptions {
  /** For the connection and the login together, ms; 10 s by default. */
  readonly timeoutMs?: number
  /** For each reply, ms; 10 s by default. */
  readonly replyMs?: number
  /** Silence after which the switch is asked whether it lives, ms; 30 s by default (HEARTBEAT comes every 20 s). */
  readonly silenceMs?: number
  readonly maxBody?: number
  /** Ends the connection, also while it is being made. */
  readonly signal?: AbortSignal
}

interface Waiting {
  readonly resolve: (frame: { headers: ReadonlyMap<string, string>; body: string }) => void
  readonly reject: (error: EslError) => void
  readonly timer: NodeJS.Timeout
}

/** Connects and logs in; rejects with an {@link EslError}. */
export async function connectEsl(
  address: EslAddress,
  handlers: EslHandlers,
  options: EslConnectionOptions = {},
): Promise<EslConnection> {
  const connection = new EslConnection(address, handlers, options)
  await connection.opened
  return connection
}

export class EslConnection {
  readonly #socket: Socket
  readonly #handlers: EslHandlers
  readonly #replyMs: number
  readonly #silenceMs: number
  readonly #framer: EslFramer
  readonly #waiting: Waiting[] = []
  #closed: EslError | undefined
  #ready = false
  #invited: (() => void) | undefined
  #lastByteAt = Date.now()
  #watchdog: NodeJS.Timeout | undefined
  readonly opened: Promise<void>

  constructor(address: EslAddress, handlers: EslHandlers, options: EslConnectionOptions) {
    this.#handlers = handlers
    this.#replyMs = options.replyMs ?? 10_000
    this.#silenceMs = options.silenceMs ?? 30_000
    this.#framer = new EslFramer({
      onFrame: (frame) => this.#take(frame),
      onGarbage: (bytes) => this.#handlers.onMalformed?.('', bytes),
      ...(options.maxBody === undefined ? {} : { maxBody: options.maxBody }),
    })
    this.#socket = connect({
      host: address.host,
      port: address.port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 10_000,
    })
    this.#socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    this.#socket.on('error', (error) => this.#end(new EslError('ESL_CLOSED', `connection failed: ${error.message}`)))
    this.#socket.on('close', () => this.#end(new EslError('ESL_CLOSED', 'the switch closed the connection')))
    const { signal } = options
    const abort = () => this.#end(new EslError('ESL_CLOSED', 'closed by us'))
    if (signal?.aborted === true) abort()
    signal?.addEventListener('abort', abort, { once: true })
    this.#socket.once('close', () => signal?.removeEventListener('abort', abort))
    this.opened = this.#open(address, options.timeoutMs ?? 10_000)
  }

  async #open(address: EslAddress, timeoutMs: number): Promise<void> {
    const limit = setTimeout(() => this.#end(new EslError('ESL_TIMEOUT', `no login within ${timeoutMs} ms`)), timeoutMs)
    try {
      await new Promise<void>((resolve, reject) => {
        this.#invited = resolve
        const closed = () => reject(this.#closed ?? new EslError('ESL_CLOSED', 'the switch closed the connection'))
        if (this.#closed !== undefined) closed()
        this.#socket.once('close', closed)
      })
      const secret = address.user === '' ? `auth ${address.password}` : `userauth ${address.user}:${address.password}`
      const { headers } = await this.#ask(secret)
      if (headers.get('Reply-Text')?.startsWith('+OK') !== true)
        throw new EslError('ESL_AUTH_REFUSED', 'the switch refused the password')
      this.#ready = true
      this.#watchdog = setInterval(() => this.#watch(), Math.max(100, this.#silenceMs / 3))
      this.#watchdog.unref()
    } catch (error) {
      const reason = this.#closed ?? (error as EslError)
      this.#end(reason)
      throw reason
    } finally {
      clearTimeout(limit)
    }
  }

  get isOpen(): boolean {
    return this.#ready && this.#closed === undefined
  }

  /** Subscribes to events by name, and to CUSTOM events by subclass, as JSON. */
  async subscribe(names: readonly string[], subclasses: readonly string[] = []): Promise<void> {
    const custom = subclasses.length === 0 ? '' : ` CUSTOM ${subclasses.join(' ')}`
    const { headers } = await this.#ask(`event json ${names.join(' ')}${custom}`)
    const reply = headers.get('Reply-Text') ?? ''
    if (!reply.startsWith('+OK'))
      throw new EslError('ESL_COMMAND_FAILED', `the switch refused the subscription: ${reply.slice(0, 200)}`)
  }

  /** Runs an API command and waits for its answer. An answer that starts with `-ERR` is returned as it is. */
  async api(command: string): Promise<string> {
    return (await this.#ask(`api ${command}`)).body
  }

  /** Starts an API command in the background; returns its Job-UUID. Its BACKGROUND_JOB event says accepted, not done. */
  async bgapi(command: string): Promise<string> {
    const { headers } = await this.#ask(`bgapi ${command}`)
    const job = headers.get('Job-UUID')
    if (job === undefined)
      throw new EslError(
        'ESL_COMMAND_FAILED',
        `the switch refused the job: ${(headers.get('Reply-Text') ?? '').slice(0, 200)}`,
      )
    return job
  }

  /** Closes at once; whoever waits for a reply gets the reason. */
  close(reason = new EslError('ESL_CLOSED', 'closed by us')): void {
    this.#end(reason)
  }

  async #ask(command: string): Promise<{ headers: ReadonlyMap<string, string>; body: string }> {
    safeCommand(command)
    if (this.#closed !== undefined) throw this.#closed
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#late(waiting), this.#replyMs)
      const waiting = { resolve, reject, timer }
      this.#waiting.push(waiting)
      this.#socket.write(`${command}\n\n`)
    })
  }

  /**
   * A late reply would be taken for the next command's, so the connection goes. But what has come is read first: a process
   * that was kept from running has its timers run out before it reads, and whoever leaves then loses events. A switch that
   * tells events without end and never replies gets as much time again.
   */
  #late(waiting: Waiting, lastMs = performance.now() + this.#replyMs): void {
    const { bytesRead } = this.#socket
    // sockets are read between timers and this
    setImmediate(() => {
      if (!this.#waiting.includes(waiting)) return
      if (this.#socket.bytesRead > bytesRead && performance.now() < lastMs) return this.#late(waiting, lastMs)
      this.#end(new EslError('ESL_TIMEOUT', `no reply within ${this.#replyMs} ms`))
    })
  }

  #receive(chunk: Buffer): void {
    this.#lastByteAt = Date.now()
    this.#framer.push(chunk)
    if (this.#framer.broken !== undefined)
      this.#end(new EslError('ESL_PROTOCOL', `the switch sent ${this.#framer.broken}`))
  }

  #take(frame: EslFrame): void {
    if (this.#closed !== undefined) return
    switch (frame.contentType) {
      case 'text/event-json':
        return this.#event(frame, decodeJsonEvent(frame.body))
      case 'text/event-plain':
        return this.#event(frame, decodePlainEvent(frame.body))
      case 'command/reply':
      case 'api/response':
        return this.#reply(frame)
      case 'auth/request':
        return this.#invited?.()
      case 'text/rude-rejection':
        return this.#end(
          new EslError(
            'ESL_ACCESS_DENIED',
            'the switch does not accept connections from this address (event_socket acl)',
          ),
        )
      case 'text/disconnect-notice':
        // with `linger` more may follow; the socket's end is the end
        return
      default:
        this.#handlers.onMalformed?.(frame.contentType, frame.body.length)
    }
  }

  #event(frame: EslFrame, event: SwitchEvent | undefined): void {
    if (event === undefined) this.#handlers.onMalformed?.(frame.contentType, frame.body.length)
    else this.#handlers.onEvent(event, frame.body.length)
  }

  #reply(frame: EslFrame): void {
    const waiting = this.#waiting.shift()
    if (waiting === undefined) return this.#handlers.onMalformed?.(frame.contentType, frame.body.length)
    clearTimeout(waiting.timer)
    waiting.resolve({ headers: frame.headers, body: frame.body.toString('utf8', 0, frame.body.length) })
  }

  #watch(): void {
    if (this.#closed !== undefined || Date.now() - this.#lastByteAt < this.#silenceMs || this.#waiting.length > 0)
      return
    this.#ask('api uptime').catch(() => undefined)
  }

  #end(reason: EslError): void {
    if (this.#closed !== undefined) return
    this.#closed = reason
    clearInterval(this.#watchdog)
    for (const waiting of this.#waiting.splice(0)) {
      clearTimeout(waiting.timer)
      waiting.reject(reason)
    }
    this.#socket.destroy()
    if (this.#ready) this.#handlers.onClose?.(reason)
  }

  /** Resolves when the socket is gone. */
  async ended(): Promise<void> {
    if (!this.#socket.closed) await once(this.#socket, 'close')
  }
}
