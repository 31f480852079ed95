import type { Duplex } from 'node:stream'
import { AccessError, bearerToken, type Access, type Viewer } from '@trunkline/access'
import type { ViewReader } from '@trunkline/ports'
import {
  execute,
  getOperationAST,
  getVariableValues,
  GraphQLError,
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql'
import type { Logger } from 'pino'
import type { WebSocket } from 'ws'
import { ApiError, publicError, toApiError } from '../errors/index.js'
import { authenticate } from '../http/authenticate.js'
import type { Limits } from '../limits/limits.js'
import type { OperationGate } from '../limits/operation-gate.js'
import { TokenBuckets } from '@trunkline/runtime'
import type { LiveHub } from '../live/live-hub.js'
import { createLoaders } from '../loaders/loaders.js'
import type { ApiContext } from '../queries/context.js'
import type { DocumentCache } from './document-cache.js'
import { FrameQueue } from './frame-queue.js'
import { liveOperation } from './live-operation.js'
import { CLOSE, parseClientMessage, type SubscribePayload } from './protocol.js'

export interface ConnectionParts {
  readonly access: Access
  readonly gate: OperationGate
  readonly hub: LiveHub
  readonly limits: Limits
  readonly logger: Logger
  readonly schema: GraphQLSchema
  readonly store: ViewReader
  readonly documents: DocumentCache
  /** Counts the sockets of a viewer; false, and not counted, when there are too many. */
  enter(viewer: Viewer): boolean
  /** Counts a socket that had entered as gone. */
  leave(viewer: Viewer): void
}

/** Where a socket came from. */
export interface Peer {
  readonly address: string
  readonly authorization: string | undefined
}

interface Running {
  end(): void
}
type State = { name: 'new' } | { name: 'authenticating' } | { name: 'ready'; viewer: Viewer } | { name: 'closed' }
const LONGEST_TIMER = 2 ** 31 - 1

/** One client: the state machine of the protocol. */
export class LiveConnection {
  private readonly frames: FrameQueue
  private readonly running = new Map<string, Running>()
  private readonly timers: NodeJS.Timeout[] = []
  private state: State = { name: 'new' }
  private readonly rate: TokenBuckets

  constructor(
    private readonly socket: WebSocket,
    raw: Duplex,
    private readonly peer: Peer,
    private readonly parts: ConnectionParts,
  ) {
    this.frames = new FrameQueue(raw)
    this.rate = new TokenBuckets(parts.limits.burst, parts.limits.perSecond)
    this.after(parts.limits.initTimeoutMs, () => {
      if (this.state.name !== 'ready') this.close(CLOSE.timeout, 'Connection initialisation timeout')
    })
    socket.on('message', (data, binary) => this.receive(data, binary))
    socket.on('close', () => this.dispose())
    socket.on('error', (error) => parts.logger.debug({ err: error }, 'socket of a live client failed'))
  }

  close(code: number, reason: string): void {
    if (this.state.name === 'closed') return
    this.dispose()
    this.frames.flush()
    this.socket.close(code, reason)
  }

  private dispose(): void {
    if (this.state.name === 'ready') this.parts.leave(this.state.viewer)
    this.state = { name: 'closed' }
    for (const timer of this.timers.splice(0)) clearTimeout(timer)
    for (const one of this.running.values()) one.end()
    this.running.clear()
  }

  private after(ms: number, work: () => void): void {
    this.timers.push(setTimeout(work, Math.min(Math.max(ms, 0), LONGEST_TIMER)).unref())
  }

  private receive(data: unknown, binary: boolean): void {
    if (this.state.name === 'closed') return
    if (!this.rate.take('')) return this.close(CLOSE.tooManyRequests, 'RATE_LIMITED: too many messages')
    // Whoever asks and does not read would have answers pile up here.
    if (this.frames.pending > this.parts.limits.closeAboveBytes) return this.close(CLOSE.timeout, 'SLOW_CONSUMER')
    const message = binary ? undefined : parseClientMessage(String(data))
    switch (message?.type) {
      case undefined:
        return this.close(CLOSE.badRequest, 'Invalid message')
      case 'connection_init':
        if (this.state.name !== 'new') return this.close(CLOSE.tooManyRequests, 'Too many initialisation requests')
        return void this.initialise(message.payload)
      case 'ping':
        return this.pong()
      case 'pong':
        return
      case 'complete':
        this.running.get(message.id)?.end()
        return void this.running.delete(message.id)
      case 'subscribe':
        return this.subscribe(message.id, message.payload)
    }
  }

  private pong(): void {
    this.frames.text('{"type":"pong"}')
  }

  private async initialise(payload: Readonly<Record<string, unknown>>): Promise<void> {
    this.state = { name: 'authenticating' }
    try {
      const token = tokenOf(payload, this.peer)
      const viewer = await authenticate(token, this.peer.address, this.parts)
      if (this.isClosed()) return
      if (!this.parts.enter(viewer)) return this.close(CLOSE.tooManyRequests, 'RATE_LIMITED: too many sockets')
      this.state = { name: 'ready', viewer }
      this.after(viewer.expiresAt - Date.now(), () =>
        this.close(CLOSE.forbidden, 'UNAUTHENTICATED: the token has expired'),
      )
      this.timers.push(setInterval(() => void this.verifyAgain(token), this.parts.limits.verifyAgainMs).unref())
      this.frames.text('{"type":"connection_ack"}')
    } catch (error) {
      const { code, message } = toApiError(error, this.parts.logger)
      this.close(code === 'UNAVAILABLE' ? CLOSE.internal : CLOSE.forbidden, `${code}: ${message}`.slice(0, 120))
    }
  }

  /** A session may end before its token does; a store that is away ends nothing. */
  private async verifyAgain(token: string | undefined): Promise<void> {
    try {
      await this.parts.access.verifyToken(token)
    } catch (error) {
      if (error instanceof AccessError && !error.retryable) {
        this.close(CLOSE.forbidden, 'UNAUTHENTICATED: the session has ended')
      }
    }
  }

  private subscribe(id: string, payload: SubscribePayload): void {
    if (this.state.name !== 'ready') return this.close(CLOSE.unauthorized, 'Unauthorized')
    if (this.running.has(id)) return this.close(CLOSE.subscriberExists, 'Subscriber for this id already exists')
    const { viewer } = this.state
    const slot: Running = { end: () => undefined }
    this.running.set(id, slot)
    this.operate({ id, slot, payload, viewer }).catch((error: unknown) => this.finish(id, slot, [error]))
  }

  private async operate(one: { id: string; slot: Running; payload: SubscribePayload; viewer: Viewer }): Promise<void> {
    const { id, slot, payload, viewer } = one
    const { documents, gate, limits, schema, store } = this.parts
    if (this.running.size > limits.maxSubscriptionsPerSocket) {
      throw new ApiError('RATE_LIMITED', `at most ${limits.maxSubscriptionsPerSocket} operations on one socket`)
    }
    const checked = documents.check(payload.query)
    if ('errors' in checked) return this.finish(id, slot, checked.errors)
    const { document } = checked
    const operation = getOperationAST(document, payload.operationName)
    if (!operation)
      throw new ApiError('BAD_USER_INPUT', 'the document has no such operation, or several and no name was given')
    const variables = payload.variables ?? {}
    gate.admit({ document, operation, variables, viewer })
    const context: ApiContext = { viewer, reader: store, loaders: createLoaders(store, viewer) }
    if (operation.operation === 'mutation') {
      throw new ApiError('BAD_USER_INPUT', 'mutations are taken by POST, where a lost connection shows')
    }
    if (operation.operation !== 'subscription') {
      const result = await execute({
        schema,
        document,
        operationName: payload.operationName ?? null,
        variableValues: variables,
        contextValue: context,
      })
      const errors = result.errors?.map((error) => publicError(error, this.parts.logger))
      if (this.running.get(id) !== slot) return
      this.next(
        id,
        Buffer.from(JSON.stringify(errors === undefined ? { data: result.data } : { errors, data: result.data })),
      )
      return this.finish(id, slot, [])
    }
    await this.follow({ id, slot, variables, context }, document, operation)
  }

  private async follow(
    one: { id: string; slot: Running; variables: Readonly<Record<string, unknown>>; context: ApiContext },
    document: DocumentNode,
    operation: OperationDefinitionNode,
  ): Promise<void> {
    const { id, slot, variables, context } = one
    const { schema, hub } = this.parts
    const { coerced, errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables, {
      maxErrors: 10,
    })
    if (coerced === undefined) return this.finish(id, slot, errors)
    const live = await liveOperation({ schema, document, operation, variables, coerced, context })
    if (this.running.get(id) !== slot) return
    const head = Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`)
    const subscription = hub.subscribe(live, {
      next: (payload) => this.frames.shared(head, payload),
      pending: () => this.frames.pending,
      drained: () => this.frames.drained(),
      fail: (error) => this.fail(id, slot, error),
    })
    slot.end = () => subscription.end()
    await subscription.ready
  }

  private fail(id: string, slot: Running, error: ApiError): void {
    if (error.code === 'SLOW_CONSUMER') this.close(CLOSE.timeout, 'SLOW_CONSUMER')
    else this.finish(id, slot, [error])
  }

  private next(id: string, payload: Buffer): void {
    this.frames.shared(Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`), payload)
  }

  /** Ends an operation with `complete`, or with `error`; silent when the client has ended it before. */
  private finish(id: string, slot: Running, errors: readonly unknown[]): void {
    if (this.running.get(id) !== slot) return
    this.running.delete(id)
    slot.end()
    if (errors.length === 0) return this.frames.text(JSON.stringify({ id, type: 'complete' }))
    const payload = errors.map((error) => publicError(asDocumentError(error), this.parts.logger))
    this.frames.text(JSON.stringify({ id, type: 'error', payload }))
  }

  private isClosed(): boolean {
    return this.state.name === 'closed'
  }
}

/** A token in `connection_init` (`authorization: "Bearer …"` or `token`), or in the header of the upgrade. */
function tokenOf(payload: Readonly<Record<string, unknown>>, peer: Peer): string | undefined {
  const { authorization, Authorization, token } = payload
  if (typeof token === 'string') return token
  const header = authorization ?? Authorization ?? peer.authorization
  return typeof header === 'string' ? bearerToken(header) : undefined
}

/** Faults of variables have no place in the document, yet are the client's. */
function asDocumentError(error: unknown): unknown {
  if (!(error instanceof GraphQLError) || error instanceof ApiError || error.originalError !== undefined) return error
  return new ApiError('BAD_USER_INPUT', error.message)
}
