import { randomUUID } from 'node:crypto'
import type { RecordedEvent } from './database.js'
import { Empty, ReadResp, StreamIdentifier, Timestamp, UUID, type Messages } from './protocol.js'

export type ReadResponse = InstanceType<Messages['ReadResp']>
type ReadOptions = InstanceType<Messages['ReadReq']['Options']>

/** An event of the log as the wire carries it: ids as text or as two numbers, as the request wants them. */
export function eventResponse(recorded: RecordedEvent, options: ReadOptions): ReadResponse {
  const event = new ReadResp.ReadEvent.RecordedEvent()
  event.setId(toUuid(recorded.id, options))
  event.setStreamIdentifier(identifier(recorded.stream))
  event.setStreamRevision(String(recorded.revision))
  event.setCommitPosition(String(recorded.position)).setPreparePosition(String(recorded.position))
  event.setData(recorded.data).setCustomMetadata(recorded.metadata)
  const metadata = event.getMetadataMap()
  metadata.set('type', recorded.type)
  metadata.set('content-type', recorded.contentType)
  metadata.set('created', String(recorded.created))
  const read = new ReadResp.ReadEvent().setEvent(event)
  if (options.hasAll()) read.setCommitPosition(String(recorded.position))
  else read.setNoPosition(new Empty())
  return new ReadResp().setEvent(read)
}

export function notFoundResponse(stream: string): ReadResponse {
  return new ReadResp().setStreamNotFound(new ReadResp.StreamNotFound().setStreamIdentifier(identifier(stream)))
}

export function lastRevisionResponse(revision: number): ReadResponse {
  return new ReadResp().setLastStreamPosition(String(revision))
}

export function confirmation(): ReadResponse {
  return new ReadResp().setConfirmation(new ReadResp.SubscriptionConfirmation().setSubscriptionId(randomUUID()))
}

export function checkpointResponse(position: bigint): ReadResponse {
  const checkpoint = new ReadResp.Checkpoint().setTimestamp(Timestamp.fromDate(new Date()))
  checkpoint.setCommitPosition(String(position)).setPreparePosition(String(position))
  return new ReadResp().setCheckpoint(checkpoint)
}

export function caughtUpResponse(position: bigint): ReadResponse {
  const at = new ReadResp.Position().setCommitPosition(String(position)).setPreparePosition(String(position))
  return new ReadResp().setCaughtUp(
    new ReadResp.CaughtUp().setTimestamp(Timestamp.fromDate(new Date())).setPosition(at),
  )
}

function identifier(stream: string): InstanceType<typeof StreamIdentifier> {
  return new StreamIdentifier().setStreamName(Buffer.from(stream).toString('base64'))
}

function toUuid(id: string, options: ReadOptions): InstanceType<typeof UUID> {
  if (options.getUuidOption()?.hasString() ?? false) return new UUID().setString(id)
  const hex = id.replaceAll('-', '')
  const half = (from: number) => String(BigInt.asIntN(64, BigInt(`0x${hex.slice(from, from + 16)}`)))
  const structured = new UUID.Structured().setMostSignificantBits(half(0)).setLeastSignificantBits(half(16))
  return new UUID().setStructured(structured)
}
