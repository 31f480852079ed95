/** A record of the log as a CloudEvents 1.0 message in binary mode, as the Kafka protocol binding has it. */
import { STREAMS, type NewRecord } from '@trunkline/ports'
import { schemaId } from './published-events.js'

export interface CloudEvent {
  readonly key: string
  /** `ce_…` attributes and `content-type`. */
  readonly headers: Readonly<Record<string, string>>
  /** The data, as JSON. */
  readonly value: string
}

/**
 * Attributes: `ce_id`, `ce_type`, `ce_source`, `ce_time` (µs), `ce_specversion`, `ce_dataschema` (which names the
 * version), `ce_partitionkey` (the key), and each entry of meta in small letters, such as `ce_seq`. Source and id together
 * are unique.
 */
export function toCloudEvent(stream: string, record: NewRecord): CloudEvent {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    ce_specversion: '1.0',
    ce_id: record.id,
    ce_type: record.type,
    ce_source: sourceOf(stream, record.key),
    ce_time: timeOf(record.time),
    ce_dataschema: schemaId(record),
    ce_partitionkey: record.key,
  }
  for (const [name, value] of Object.entries(record.meta ?? {})) {
    const header = `ce_${name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')}`
    if (!(header in headers)) headers[header] = value
  }
  return { key: record.key, headers, value: JSON.stringify(record.data) }
}

/** A fact comes from a switch; everything else from Trunkline's own stream. */
function sourceOf(stream: string, key: string): string {
  if (stream === STREAMS.switch) return `urn:trunkline:switch:${encodeURIComponent(key)}`
  return `urn:trunkline:stream:${stream}`
}

/** RFC 3339 in UTC with µs. */
function timeOf(timeUs: number): string {
  const micros = String(((timeUs % 1000) + 1000) % 1000).padStart(3, '0')
  return new Date(Math.floor(timeUs / 1000)).toISOString().replace('Z', `${micros}Z`)
}
