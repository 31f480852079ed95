/**
 * A TEST DOUBLE of KurrentDB, not KurrentDB: no package of the real server can be had where these tests have to run.
 * It speaks the official protocol buffers over gRPC, as far as our adapter and the maker's client use them, so that the client
 * library itself works over a real wire. Its behaviour follows the maker's documentation and published sources of the
 * server (Streams.Append, Streams.Read, the index writer's idempotency, filtered catch-up subscriptions with
 * checkpoints, trailers of errors). It does not show how the real one performs, replicates, scavenges or authorises. The same
 * contract runs against a real server when KURRENTDB_URL is set.
 */
import type { EventEmitter } from 'node:events'
import { Server, ServerCredentials, status, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js'
import { appendService, type AppendHooks } from './append-service.js'
import { Database } from './database.js'
import {
  ClusterInfo,
  EndPoint,
  GossipService,
  MemberInfo,
  ServerFeaturesService,
  StreamsService,
  SupportedMethod,
  SupportedMethods,
} from './protocol.js'
import { readService, type ReadCounters, type ReadHooks } from './read-service.js'
import { notAuthenticated } from './statuses.js'

export interface KurrentServerOptions {
  /** Keeps the events in this file, so that another server can go on with them; in memory by default. */
  readonly file?: string
  readonly port?: number
  /** PEM; without it the server speaks plain text. */
  readonly tls?: { readonly key: Buffer; readonly certificate: Buffer }
  /** Only who has these may use it, `name:password`, percent-encoded; anybody by default. */
  readonly user?: string
  /** What gossip names as the leader; this server by default. */
  readonly leader?: { readonly host: string; readonly port: number }
}

/** Starts the double on 127.0.0.1. */
export async function startKurrentServer(options: KurrentServerOptions = {}): Promise<KurrentServer> {
  const server = new KurrentServer(options)
  await server.start()
  return server
}

export class KurrentServer {
  readonly database: Database
  readonly hooks: AppendHooks & ReadHooks = {}
  readonly counters: ReadCounters = { considered: 0, reads: 0, subscriptions: 0 }
  /** Methods that were called, with how often. */
  readonly calls = new Map<string, number>()
  /** Values of the header `authorization` that came with calls. */
  readonly authorizations = new Set<string>()
  port: number
  /** What gossip names as the leader; this server when undefined. */
  leader: KurrentServerOptions['leader']
  readonly #options: KurrentServerOptions
  #server: Server | undefined

  constructor(options: KurrentServerOptions) {
    this.#options = options
    this.port = options.port ?? 0
    this.leader = options.leader
    this.database = new Database(options.file)
    // A real database is never empty, and never only ours.
    this.writeSystemEvents(3)
  }

  get address(): string {
    return `127.0.0.1:${this.port}`
  }

  /** What KURRENTDB_URL would be. */
  get url(): string {
    const user = this.#options.user === undefined ? '' : `${this.#options.user}@`
    if (this.#options.tls === undefined) return `kurrentdb://${user}${this.address}?tls=false`
    return `kurrentdb://${user}localhost:${this.port}?tls=true`
  }

  /** Starts, or starts again on the same port with the same events. */
  async start(): Promise<void> {
    const server = new Server({ 'grpc.max_receive_message_length': 17 * 1024 * 1024 })
    server.addService(StreamsService, {
      append: this.#checked('append', appendService(this.database, this.hooks)),
      read: this.#checked('read', readService(this.database, this.hooks, this.counters)),
      batchAppend: this.#unimplemented('batchAppend'),
      delete: this.#unimplemented('delete'),
      tombstone: this.#unimplemented('tombstone'),
    } as never)
    server.addService(ServerFeaturesService, {
      getSupportedMethods: this.#checked('features', answerFeatures),
    } as never)
    server.addService(GossipService, {
      read: this.#checked('gossip', this.#answerGossip.bind(this)),
    } as never)
    const { tls } = this.#options
    const credentials =
      tls === undefined
        ? ServerCredentials.createInsecure()
        : ServerCredentials.createSsl(null, [{ private_key: tls.key, cert_chain: tls.certificate }])
    this.port = await new Promise<number>((resolve, reject) => {
      server.bindAsync(this.address, credentials, (error, port) => (error === null ? resolve(port) : reject(error)))
    })
    this.#server = server
  }

  /** Goes away at once, as if killed: connections break in the middle of what they carry. Events stay. */
  stop(): void {
    this.#server?.forceShutdown()
    this.#server = undefined
  }

  /** Events as the real server writes them about itself, which no reader of ours wants. */
  writeSystemEvents(count: number): void {
    const data = Buffer.from('{"proc-cpu":1}')
    for (let index = 0; index < count; index++) {
      const event = { id: crypto.randomUUID(), type: '$statsCollected', contentType: 'application/json', data }
      this.database.append('$stats-127.0.0.1:2113', 'any', [{ ...event, metadata: Buffer.alloc(0) }])
    }
  }

  /** Counts a call and checks who makes it. */
  #checked<A extends unknown[]>(name: string, handle: (...call: A) => void): (...call: A) => void {
    return (...call) => {
      this.calls.set(name, (this.calls.get(name) ?? 0) + 1)
      const { metadata } = call[0] as ServerUnaryCall<unknown, unknown>
      const authorization = metadata.get('authorization')[0]?.toString()
      if (authorization !== undefined) this.authorizations.add(authorization)
      const { user } = this.#options
      const wanted =
        user === undefined
          ? undefined
          : `Basic ${Buffer.from(user.split(':').map(decodeURIComponent).join(':')).toString('base64')}`
      if (wanted === undefined || authorization === wanted || name === 'gossip' || name === 'features') {
        handle(...call)
      } else if (call[1] === undefined) {
        ;(call[0] as EventEmitter).emit('error', notAuthenticated())
      } else {
        ;(call[1] as sendUnaryData<unknown>)(notAuthenticated())
      }
    }
  }

  #unimplemented(name: string): (call: unknown, callback?: sendUnaryData<unknown>) => void {
    return this.#checked(name, (call: unknown, callback?: sendUnaryData<unknown>) => {
      const error = Object.assign(new Error(`${name} is not part of this double`), { code: status.UNIMPLEMENTED })
      if (callback === undefined) (call as EventEmitter).emit('error', error)
      else callback(error)
    })
  }

  #answerGossip(_call: unknown, callback: sendUnaryData<unknown>): void {
    const { host, port } = this.leader ?? { host: '127.0.0.1', port: this.port }
    const endPoint = new EndPoint().setAddress(host).setPort(port)
    const leader = new MemberInfo().setState(MemberInfo.VNodeState.LEADER).setIsAlive(true).setHttpEndPoint(endPoint)
    callback(null, new ClusterInfo().setMembersList([leader.setTimeStamp('0')]))
  }
}

function answerFeatures(_call: unknown, callback: sendUnaryData<unknown>): void {
  const method = (name: string) =>
    new SupportedMethod().setServiceName('event_store.client.streams.streams').setMethodName(name).setFeaturesList([])
  const methods = ['read', 'append', 'batchappend', 'delete', 'tombstone'].map(method)
  callback(null, new SupportedMethods().setEventStoreServerVersion('25.0.0').setMethodsList(methods))
}
