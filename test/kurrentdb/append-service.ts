import type { handleClientStreamingCall } from '@grpc/grpc-js'
import type { Database, Expected, ProposedEvent } from './database.js'
import { AppendResp, Empty, type Messages, type AppendReq } from './protocol.js'
import { invalidArgument, maximumAppendSizeExceeded, operationTimedOut } from './statuses.js'

type Request = AppendReq
type Response = InstanceType<Messages['AppendResp']>

export interface AppendHooks {
  /** Called when an append has arrived, before it is made; may wait, or throw what is answered instead. */
  beforeAppend?: (() => Promise<void> | void) | undefined
  /** Called when the append stands, before it is answered; may wait, throw, or give another answer. */
  afterAppend?: (() => Promise<Response | void> | Response | void) | undefined
}

/** The limit that the real server has by default, bytes. */
export const MAXIMUM_APPEND_SIZE = 1024 * 1024

/** For so long the real server has an append in its log and not in its index yet, ms; here about. */
const INDEXING_MS = 2
/** For so long the real server waits for its own writer by default, ms. */
const WRITE_TIMEOUT_MS = 2000

/**
 * Streams.Append: one message of options, then one for each event. As in the real server, the same append that comes
 * again before the first is indexed is dropped, and answered with a time-out.
 */
export function appendService(database: Database, hooks: AppendHooks): handleClientStreamingCall<Request, Response> {
  const indexing = new Set<string>()
  return (call, callback) => {
    const messages: Request[] = []
    call.on('data', (message: Request) => messages.push(message))
    call.on('error', () => undefined)
    call.on('end', () => {
      const answer = async () => {
        await hooks.beforeAppend?.()
        const ids = idsOf(messages)
        if (indexing.has(ids)) {
          await pauseOf(WRITE_TIMEOUT_MS)
          throw operationTimedOut()
        }
        const response = append(database, messages)
        indexing.add(ids)
        await pauseOf(INDEXING_MS)
        indexing.delete(ids)
        return (await hooks.afterAppend?.()) ?? response
      }
      answer().then(
        (response) => callback(null, response),
        (error: Error) => callback(error),
      )
    })
  }
}

const pauseOf = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

function idsOf(messages: readonly Request[]): string {
  return messages.map((message) => message.getProposedMessage()?.getId()?.getString() ?? '').join()
}

function append(database: Database, messages: readonly Request[]): Response {
  const options = messages[0]?.getOptions()
  if (options === undefined) throw invalidArgument('an append begins with its options')
  const stream = Buffer.from(options.getStreamIdentifier()!.getStreamName_asU8()).toString('utf8')
  const events = messages.slice(1).map((message) => toProposed(message.getProposedMessage()!))
  const size = events.reduce((sum, event) => sum + event.data.length + event.metadata.length + event.type.length, 0)
  if (size > MAXIMUM_APPEND_SIZE) throw maximumAppendSizeExceeded(MAXIMUM_APPEND_SIZE)
  const expected: Expected = options.hasRevision()
    ? Number(options.getRevision())
    : options.hasNoStream()
      ? 'none'
      : options.hasStreamExists()
        ? 'exists'
        : 'any'
  const appended = database.append(stream, expected, events)
  const response = new AppendResp()
  if ('conflictAt' in appended) return response.setWrongExpectedVersion(conflict(expected, appended.conflictAt))
  const success = new AppendResp.Success()
  if (appended.last === undefined) return response.setSuccess(success.setNoStream(new Empty()))
  const position = new AppendResp.Position()
  position.setCommitPosition(String(appended.last.position)).setPreparePosition(String(appended.last.position))
  return response.setSuccess(success.setCurrentRevision(String(appended.last.revision)).setPosition(position))
}

function toProposed(message: InstanceType<Messages['AppendReq']['ProposedMessage']>): ProposedEvent {
  const metadata = message.getMetadataMap()
  const type = metadata.get('type')
  const contentType = metadata.get('content-type')
  if (type === undefined || contentType === undefined) throw invalidArgument('type and content-type are required')
  const id = message.getId()!.getString().toLowerCase()
  return { id, type, contentType, data: message.getData_asU8(), metadata: message.getCustomMetadata_asU8() }
}

function conflict(expected: Expected, current: number): InstanceType<Messages['AppendResp']['WrongExpectedVersion']> {
  const answer = new AppendResp.WrongExpectedVersion()
  if (expected === 'none') answer.setExpectedNoStream(new Empty())
  else if (expected === 'exists') answer.setExpectedStreamExists(new Empty())
  else if (expected === 'any') answer.setExpectedAny(new Empty())
  else answer.setExpectedRevision(String(expected))
  if (current === -1) answer.setCurrentNoStream(new Empty())
  else answer.setCurrentRevision(String(current))
  return answer
}
