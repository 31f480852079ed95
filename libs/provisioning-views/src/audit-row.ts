import type { Row, StoredEvent } from '@trunkline/ports'

/** Names of properties that say where a secret lies or that hold sealed text: an audit shows that they changed, no more. */
const HIDDEN = /^(secretId|formerSecretId|formerSecretIds|pinSecretId|moderatorPinSecretId|claimId|requestId|birth)$/

/** Who did what when, with what the event says and without secrets, sealed data and the ids of either. */
export function auditRow(event: StoredEvent, tenant: string): Row {
  const { meta = {} } = event
  return {
    position: event.position,
    at: Math.floor(event.time / 1000),
    tenant,
    actor: meta['actor'] ?? '',
    type: event.type,
    stream: event.stream,
    revision: event.revision,
    command_id: meta['commandId'] ?? '',
    correlation_id: meta['correlationId'] ?? '',
    summary: JSON.stringify(publicData(event.data)),
  }
}

/** What an event says, for people outside: without secrets, sealed data and the ids of either. */
export function publicData(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(publicData)
  if (typeof value !== 'object' || value === null) return value
  if ('keyId' in value && 'text' in value) return '[sealed]'
  const entries = Object.entries(value).filter(([key]) => !HIDDEN.test(key))
  return Object.fromEntries(entries.map(([key, inner]) => [key, publicData(inner)]))
}
