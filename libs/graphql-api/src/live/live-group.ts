import type { Viewer } from '@trunkline/access'
import type { ViewReader } from '@trunkline/ports'
import { execute, type DocumentNode, type ExecutionResult, type GraphQLSchema } from 'graphql'
import type { Logger } from 'pino'
import { publicError } from '../errors/index.js'
import { createLoaders } from '../loaders/loaders.js'
import { findLiveCalls } from '../queries/live-calls.query.js'
import { allPresence } from '../queries/presence.query.js'
import { builderFor, run } from '../sql/query-builder.js'
import { encodeCursor, type Place } from './live-cursor.js'
import { changeMessage, eventMessage, LatestRecords } from './live-messages.js'
import { STREAM_OF, type LiveRequest } from './live-request.js'
import { matcher, type Matcher } from './live-scope.js'
import type { LiveRecord } from './record-ring.js'

/** A subscription as it was asked for. Those with the same `key` see the same bytes. */
export interface LiveOperation {
  readonly request: LiveRequest
  readonly document: DocumentNode
  readonly operationName: string | undefined
  readonly variables: Readonly<Record<string, unknown>>
  /** Root field. */
  readonly field: string
  readonly viewer: Viewer
  readonly key: string
}

/** What goes to every member: the encoded `payload` of a `next` message. */
export interface Encoded {
  /** `seq` of the newest record in it. */
  readonly seq: number
  readonly payload: Buffer
}

export interface Snapshot {
  /** Everything up to this `seq` is contained. */
  readonly seq: number
  /** Where to read on, by partition. */
  readonly start: readonly Place[]
  readonly payload: Buffer
}

export interface GroupParts {
  readonly schema: GraphQLSchema
  readonly store: ViewReader
  readonly logger: Logger
}

/** Subscribers that share one execution and one encoding of everything. */
export class LiveGroup {
  readonly matches: Matcher
  private reading: Promise<Snapshot> | undefined

  constructor(
    readonly operation: LiveOperation,
    private readonly parts: GroupParts,
  ) {
    this.matches = matcher(operation.request, operation.viewer)
  }

  /** True when only the newest state of each call or user matters, so that changes may be merged. */
  get conflates(): boolean {
    return this.operation.request.kind !== 'callEvents'
  }

  /**
   * Encodes what of these records (one partition, in order) the members see. `places` is where all partitions stand
   * before them. A promise only when a field had to be read from the store.
   */
  encode(records: readonly LiveRecord[], places: readonly Place[]): Encoded[] | Promise<Encoded[]> {
    const { kind } = this.operation.request
    const seen = records.filter(this.matches)
    if (seen.length === 0) return []
    if (kind !== 'callEvents') {
      const latest = new LatestRecords(kind)
      for (const record of seen) latest.add(record)
      const last = records.at(-1)!
      const encoded = this.encodeOne(changeMessage(kind, latest.values(), this.cursor(last, places)), last.seq)
      return encoded instanceof Promise ? encoded.then((one) => [one]) : [encoded]
    }
    const all = seen.map((record) => this.encodeOne(eventMessage(record, this.cursor(record, places)), record.seq))
    return all.some((one) => one instanceof Promise) ? Promise.all(all) : (all as Encoded[])
  }

  /** Encodes merged changes for one slow member. */
  async encodeChanges(records: readonly LiveRecord[], places: readonly Place[]): Promise<Buffer> {
    const { kind } = this.operation.request
    if (kind === 'callEvents') throw new Error('events are never merged')
    return (await this.encodeOne(changeMessage(kind, records, this.cursorAt(places)), 0)).payload
  }

  /**
   * Reads all there is now and the outbox sequence in one consistent state. `start` is taken before, so nothing falls
   * between. Those who come while it is read share it.
   */
  snapshot(start: () => readonly Place[]): Promise<Snapshot> {
    this.reading ??= this.readSnapshot([...start()]).finally(() => (this.reading = undefined))
    return this.reading
  }

  private readSnapshot(start: readonly Place[]): Promise<Snapshot> {
    return this.parts.store.snapshot(async (reader) => {
      const [state] = await run(reader, builderFor(reader).selectFrom('outbox_state').select('next_seq').limit(1))
      const seq = (state?.next_seq ?? 1) - 1
      const places = start.map(({ position }) => ({ seq, position }))
      const content = await this.snapshotContent(reader)
      const root = { cursor: this.cursorAt(places), kind: 'snapshot', ...content }
      const { payload } = await this.encodeOne(root, seq, reader)
      return { seq, start, payload }
    })
  }

  private async snapshotContent(reader: ViewReader): Promise<object> {
    const { request, viewer } = this.operation
    switch (request.kind) {
      case 'callEvents':
        return { event: null }
      case 'liveCalls':
        return { calls: await findLiveCalls(reader, viewer), ended: [] }
      case 'presence':
        return { users: await allPresence(reader, viewer, request.users) }
    }
  }

  private encodeOne(root: object, seq: number, reader: ViewReader = this.parts.store): Encoded | Promise<Encoded> {
    const { document, operationName, variables, viewer, field } = this.operation
    const result = execute({
      schema: this.parts.schema,
      document,
      operationName: operationName ?? null,
      variableValues: variables,
      rootValue: { [field]: root },
      contextValue: { viewer, reader, loaders: createLoaders(reader, viewer) },
    })
    if (result instanceof Promise) return result.then((done) => ({ seq, payload: this.bytes(done) }))
    return { seq, payload: this.bytes(result as ExecutionResult) }
  }

  private bytes(result: ExecutionResult): Buffer {
    const { data, errors } = result
    const shown =
      errors === undefined ? { data } : { errors: errors.map((e) => publicError(e, this.parts.logger)), data }
    return Buffer.from(JSON.stringify(shown))
  }

  /** Cursor after `record`, the other partitions standing at `places`. */
  private cursor(record: LiveRecord, places: readonly Place[]): string {
    return this.cursorAt(places.map((place, partition) => (partition === record.partition ? record : place)))
  }

  private cursorAt(places: readonly Place[]): string {
    return encodeCursor(STREAM_OF[this.operation.request.kind], { places, at: Date.now() })
  }
}
