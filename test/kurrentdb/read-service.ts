import type { handleServerStreamingCall, ServerWritableStream } from '@grpc/grpc-js'
import type { Database, RecordedEvent } from './database.js'
import { toFilter } from './event-filter.js'
import { ReadReq, type Messages } from './protocol.js'
import { eventResponse, lastRevisionResponse, notFoundResponse, type ReadResponse } from './read-responses.js'
import { invalidArgument } from './statuses.js'
import { subscribeToAll } from './subscription.js'

export type ReadRequest = InstanceType<Messages['ReadReq']>
export type ReadCall = ServerWritableStream<ReadRequest, ReadResponse>
export type ReadOptions = InstanceType<Messages['ReadReq']['Options']>

export interface ReadHooks {
  /** Called when everything was written, before the answer ends. */
  afterRead?: (() => Promise<void> | void) | undefined
  /** Called when a read or subscription has arrived; may wait, throw what is answered instead, or answer with these. */
  beforeRead?: ((options: ReadOptions) => Promise<ReadResponse[] | void> | ReadResponse[] | void) | undefined
}

/** What the server did, so that tests can tell a scan from a look. */
export interface ReadCounters {
  /** Events of the log that reads and subscriptions looked at. */
  considered: number
  reads: number
  subscriptions: number
}

/** Streams.Read: a stream or all streams, forwards or backwards, or a catch-up subscription to all. */
export function readService(
  database: Database,
  hooks: ReadHooks,
  counters: ReadCounters,
): handleServerStreamingCall<ReadRequest, ReadResponse> {
  return (call) => {
    call.on('error', () => undefined)
    const answer = async () => {
      const options = call.request.getOptions()
      if (options?.getUuidOption() === undefined) throw invalidArgument("'uuidOption' is a required argument")
      const instead = await hooks.beforeRead?.(options)
      if (Array.isArray(instead)) {
        for (const response of instead) await write(call, response)
      } else if (options.hasSubscription()) {
        counters.subscriptions++
        await subscribeToAll(database, call, counters)
      } else {
        counters.reads++
        for (const response of read(database, options, counters)) await write(call, response)
      }
      await hooks.afterRead?.()
    }
    answer().then(
      () => call.end(),
      // Destroying the call would send nothing.
      (error: Error) => call.emit('error', error),
    )
  }
}

/** Writes at the pace of the reader; false when it has gone. */
export async function write(call: ReadCall, response: ReadResponse): Promise<boolean> {
  if (call.cancelled || call.destroyed) return false
  if (!call.write(response)) await writable(call)
  return !call.cancelled
}

function writable(call: ReadCall): Promise<void> {
  const ends = ['drain', 'cancelled', 'close', 'error'] as const
  return new Promise((resolve) => {
    const done = () => {
      for (const end of ends) call.off(end, done)
      resolve()
    }
    for (const end of ends) call.on(end, done)
  })
}

function* read(database: Database, options: ReadOptions, counters: ReadCounters): Generator<ReadResponse> {
  const count = Number(options.getCount())
  if (count <= 0) throw invalidArgument('count must be more than 0')
  const backwards = options.getReadDirection() === ReadReq.Options.ReadDirection.BACKWARDS
  if (options.hasAll()) {
    for (const event of readAll(database, options, { count, backwards, counters })) yield eventResponse(event, options)
    return
  }
  const stream = options.getStream()!
  const name = Buffer.from(stream.getStreamIdentifier()!.getStreamName_asU8()).toString('utf8')
  const events = database.stream(name)
  if (events.length === 0) {
    yield notFoundResponse(name)
    return
  }
  const from = stream.hasStart() ? 0 : stream.hasEnd() ? events.length - 1 : Number(stream.getRevision())
  const wanted = backwards ? events.slice(0, from + 1).reverse() : events.slice(from)
  for (const event of wanted.slice(0, count)) yield eventResponse(event, options)
  if ((options.getControlOption()?.getCompatibility() ?? 0) >= 1) yield lastRevisionResponse(events.length - 1)
}

interface ReadAll {
  readonly count: number
  readonly backwards: boolean
  readonly counters: ReadCounters
}

/** From a position on, the event at it included; backwards, those before it. */
function* readAll(
  database: Database,
  options: ReadOptions,
  { count, backwards, counters }: ReadAll,
): Generator<RecordedEvent> {
  const filter = toFilter(options)
  const all = options.getAll()!
  const { log } = database
  const end = all.hasPosition() ? database.placeOf(BigInt(all.getPosition()!.getCommitPosition())) : log.length
  let place = backwards ? (all.hasStart() ? 0 : end) - 1 : all.hasStart() ? 0 : end
  for (let given = 0; given < count; place += backwards ? -1 : 1) {
    const event = log[place]
    if (event === undefined) return
    counters.considered++
    if (filter !== undefined && !filter.matches(event)) continue
    given++
    yield event
  }
}
