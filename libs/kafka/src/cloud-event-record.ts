/**
 * Records as CloudEvents 1.0 messages in binary mode (Kafka protocol binding), and back. Headers are those of
 * docs/events.md; a record of ours comes back exactly, whatever its meta is called.
 */
import { STREAMS, type LogRecord, type NewRecord } from '@trunkline/ports'
import type { FetchedRecord, OutgoingRecord } from './client/kafka-client.js'
import { recordBytes } from './client/record-batch.js'
import { toPosition } from './log-position.js'

/** Type of what stands in a topic and is no record of ours. No reader knows it, so that it is set aside. */
export const UNREADABLE = 'kafka.unreadable'

/** JSON of meta that cannot be told from its header: names with other than small letters and digits. */
const META_HEADER = 'trunkline-meta'
const SCHEMA = 'urn:trunkline:event:'
/** Names of meta that have capitals, by the name of their attribute. */
const CAPITALS: ReadonlyMap<string, string> = new Map(
  ['commandId', 'correlationId', 'causationId'].map((name) => [name.toLowerCase(), name]),
)
/** Attributes that are no meta. */
const OWN: ReadonlySet<string> = new Set([
  ...['specversion', 'id', 'type', 'source', 'time', 'dataschema', 'partitionkey', 'subject', 'datacontenttype'],
])
/** Headers that say nothing that is not known otherwise. */
const IMPLIED: ReadonlySet<string> = new Set(['content-type', 'ce_specversion', 'ce_source', 'ce_partitionkey'])
const NONE: ReadonlySet<string> = new Set()
/** Bytes of an unreadable value that its stand-in shows. */
const SHOWN_BYTES = 4096

type OutgoingHeader = readonly [name: string, value: string]

const CONTENT_TYPE: OutgoingHeader = ['content-type', 'application/json']
const SPEC_VERSION: OutgoingHeader = ['ce_specversion', '1.0']

/** Throws `TypeError` or `RangeError` for a record that cannot be written as JSON, or whose time is no moment. */
export function encodeRecord(stream: string, record: NewRecord): OutgoingRecord {
  const headers: OutgoingHeader[] = [
    CONTENT_TYPE,
    SPEC_VERSION,
    ['ce_id', record.id],
    ['ce_type', record.type],
    ['ce_source', sourceOf(stream, record.key)],
    ['ce_time', formatTime(record.time)],
    ['ce_dataschema', `${SCHEMA}${record.type}:${record.version}`],
    ['ce_partitionkey', record.key],
  ]
  if (record.meta !== undefined) addMeta(headers, record.meta)
  const value = Buffer.from(JSON.stringify(record.data) ?? 'null')
  const parts = { key: Buffer.from(record.key), value, headers }
  return { ...parts, bytes: recordBytes(parts) }
}

function addMeta(headers: OutgoingHeader[], meta: Readonly<Record<string, string>>): void {
  const others: Record<string, string> = {}
  for (const name of Object.keys(meta)) {
    const attribute = name.toLowerCase()
    const plain = /^[a-z0-9]+$/.test(attribute) && !OWN.has(attribute)
    if (plain && (CAPITALS.get(attribute) ?? attribute) === name) headers.push([`ce_${attribute}`, meta[name]!])
    else others[name] = meta[name]!
  }
  if (Object.keys(others).length > 0) headers.push([META_HEADER, JSON.stringify(others)])
}

/** A fact comes from a switch; everything else from Trunkline's own stream. */
function sourceOf(stream: string, key: string): string {
  if (stream === STREAMS.switch) return `urn:trunkline:switch:${encodeURIComponent(key.toWellFormed())}`
  return `urn:trunkline:stream:${stream}`
}

/** RFC 3339 in UTC with µs. */
export function formatTime(timeUs: number): string {
  if (!Number.isSafeInteger(timeUs)) throw new RangeError(`not a time in µs: ${timeUs}`)
  const micros = ((timeUs % 1000) + 1000) % 1000
  const text = new Date((timeUs - micros) / 1000).toISOString()
  return `${text.slice(0, -1)}${String(micros).padStart(3, '0')}Z`
}

/** µs since 1970 of an RFC 3339 time; NaN for other text, and for years that no time of ours can have. */
export function parseTime(text: string): number {
  // As we write it: the first 23 characters are whole ms.
  if (text.length === 27 && text.endsWith('Z'))
    return Date.parse(`${text.slice(0, 23)}Z`) * 1000 + Number(text.slice(23, 26))
  const found = /^(.+?)(?:\.(\d{1,6})\d*)?(Z|[+-]\d\d:\d\d)$/.exec(text)
  if (found === null) return NaN
  const micros = Date.parse(`${found[1]}${found[3]}`) * 1000 + Number((found[2] ?? '').padEnd(6, '0'))
  return Number.isSafeInteger(micros) ? micros : NaN
}

export interface Origin {
  readonly stream: string
  readonly partition: number
}

/** A record of ours as it was; for anything else a stand-in of the type {@link UNREADABLE}. Never throws. */
export function decodeRecord(origin: Origin, fetched: FetchedRecord): LogRecord {
  try {
    return readable(origin, fetched)
  } catch (error) {
    return unreadable(origin, fetched, (error as Error).message)
  }
}

function readable({ stream, partition }: Origin, fetched: FetchedRecord): LogRecord {
  let id: string | undefined
  let type: string | undefined
  let time: number | undefined
  let version: number | undefined
  let meta: Record<string, string> | undefined
  for (const [name, value] of fetched.headers(IMPLIED)) {
    const text = value ?? ''
    if (name === 'ce_id') id = text
    else if (name === 'ce_type') type = text
    else if (name === 'ce_time') time = parseTime(text)
    else if (name === 'ce_dataschema') version = versionOf(text)
    else if (name === META_HEADER) meta = { ...meta, ...(JSON.parse(text) as Record<string, string>) }
    else if (name.startsWith('ce_') && !OWN.has(name.slice(3))) {
      const attribute = name.slice(3)
      meta ??= {}
      meta[CAPITALS.get(attribute) ?? attribute] = text
    }
  }
  if (id === undefined || type === undefined) throw new TypeError('no CloudEvent: ce_id or ce_type is missing')
  if (time === undefined || Number.isNaN(time)) throw new TypeError('no time in ce_time')
  if (version === undefined || Number.isNaN(version)) throw new TypeError('no version in ce_dataschema')
  if (fetched.value === null) throw new TypeError('no value')
  const data = JSON.parse(fetched.value.toString('utf8')) as unknown
  const key = fetched.key === null ? '' : fetched.key.toString('utf8')
  const position = toPosition(fetched.offset)
  const record = { stream, partition, position, id, type, version, key, time, data }
  return meta === undefined ? record : { ...record, meta }
}

function versionOf(schema: string): number {
  const colon = schema.lastIndexOf(':')
  return schema.startsWith(SCHEMA) && colon >= SCHEMA.length ? Number(schema.slice(colon + 1)) : NaN
}

function unreadable({ stream, partition }: Origin, fetched: FetchedRecord, reason: string): LogRecord {
  const { offset, value } = fetched
  return {
    stream,
    partition,
    position: toPosition(offset),
    id: `${stream}/${partition}/${offset}`,
    type: UNREADABLE,
    version: 0,
    key: fetched.key === null ? '' : fetched.key.toString('utf8'),
    time: Math.max(0, fetched.timestamp) * 1000,
    data: {
      reason,
      headers: fetched.headers(NONE),
      value: value === null ? null : value.toString('utf8', 0, SHOWN_BYTES),
      bytes: value?.length ?? 0,
    },
  }
}
