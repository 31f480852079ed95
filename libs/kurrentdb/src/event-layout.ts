/**
 * How our events lie in KurrentDB. Stream, type and id are its own; data is JSON. Its metadata is a flat JSON object of
 * strings, as newer protocols of KurrentDB want it:
 *
 *     { "$correlationId": "…", "$causationId": "…", "trunkline.version": "1", "trunkline.time": "1780000000123456", "meta.actor": "…" }
 *
 * The two with `$` are KurrentDB's convention (projections by correlation, its user interface); they stand there when `meta`
 * has `correlationId` and `causationId`, and are never read back. Each entry of `meta` has a key with `meta.` before it. An
 * event whose metadata lacks our version and time was written by somebody else: it comes out with version 0, which no
 * event of ours has, the time at which the server wrote it, and null as data when its data is not JSON.
 */
import type { JSONEventData, JSONType, ResolvedEvent } from '@kurrent/kurrentdb-client'
import type { NewEvent, StoredEvent } from '@trunkline/ports'
import { KurrentRefusedError } from './kurrent-errors.js'
import { toPosition, type LogPosition } from './kurrent-position.js'

const VERSION = 'trunkline.version'
const TIME = 'trunkline.time'
const META = 'meta.'
/** What servers before EventStoreDB 22.10 say for the position of an event that is read from its stream. */
const UNKNOWN = 2n ** 64n - 1n

/** Encoded when handed over: what JSON cannot hold is refused alone, and later changes by the caller do not matter. */
export function toEventData({ id, type, version, time, data, meta = {} }: NewEvent): JSONEventData {
  const metadata: Record<string, string> = { [VERSION]: String(version), [TIME]: String(time) }
  if (meta['correlationId'] !== undefined) metadata['$correlationId'] = meta['correlationId']
  if (meta['causationId'] !== undefined) metadata['$causationId'] = meta['causationId']
  for (const [key, value] of Object.entries(meta)) metadata[META + key] = value
  const copy = JSON.parse(JSON.stringify(data) ?? 'null') as JSONType
  return { id, contentType: 'application/json', type, data: copy, metadata }
}

/** What a read gives; undefined when the record itself is gone. */
export function fromResolved({ event }: ResolvedEvent): StoredEvent | undefined {
  if (event === undefined) return undefined
  const { id, type, streamId: stream, revision, created, metadata } = event
  const place = { id, type, stream, revision: Number(revision), position: toPosition(positionOf(event.position)) }
  const data: unknown = event.isJson ? event.data : null
  const version = isRecord(metadata) ? toCount(metadata[VERSION]) : undefined
  const time = isRecord(metadata) ? toCount(metadata[TIME]) : undefined
  if (!isRecord(metadata) || !version || time === undefined) {
    return { ...place, version: 0, time: created.getTime() * 1000, data }
  }
  const meta = toMeta(metadata)
  return meta === undefined ? { ...place, version, time, data } : { ...place, version, time, data, meta }
}

function positionOf(position: LogPosition | undefined): LogPosition {
  if (position !== undefined && position.commit !== UNKNOWN) return position
  throw new KurrentRefusedError('the server does not tell positions of events: EventStoreDB 22.10 or later is needed')
}

function toMeta(metadata: Record<string, unknown>): Record<string, string> | undefined {
  const entries = Object.entries(metadata).filter(([key, value]) => key.startsWith(META) && typeof value === 'string')
  if (entries.length === 0) return undefined
  return Object.fromEntries(entries.map(([key, value]) => [key.slice(META.length), value as string]))
}

function toCount(value: unknown): number | undefined {
  if (typeof value !== 'string' || !/^\d{1,16}$/.test(value)) return undefined
  const count = Number(value)
  return Number.isSafeInteger(count) ? count : undefined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array)
}
