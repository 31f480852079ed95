/** The answer to `show channels as json`. */
import type { Fact } from '@trunkline/domain'

export type ListedChannel = Extract<Fact, { type: 'switch.snapshot' }>['data']['channels'][number]

/** Undefined when the answer is no list: a failed query is not an empty one. */
export function parseChannelList(answer: string): ListedChannel[] | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(answer)
  } catch {
    return undefined
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined
  const { row_count: count, rows } = parsed as { row_count?: unknown; rows?: unknown }
  if (rows === undefined) return count === 0 ? [] : undefined
  if (!Array.isArray(rows) || (typeof count === 'number' && count !== rows.length)) return undefined
  return rows.flatMap((row: unknown) => (typeof row === 'object' && row !== null ? (listed(row as Row) ?? []) : []))
}

type Row = Readonly<Record<string, unknown>>

function listed(row: Row): ListedChannel | undefined {
  const text = (name: string) => (typeof row[name] === 'string' && row[name] !== '' ? row[name] : undefined)
  const channel = text('uuid')
  if (channel === undefined) return undefined
  return {
    channel,
    createdAt: (Number(text('created_epoch')) || 0) * 1_000_000,
    direction: text('direction'),
    name: text('name'),
    state: text('state'),
    callState: text('callstate'),
    callerNumber: text('cid_num'),
    callerName: text('cid_name'),
    destination: text('dest'),
    callUuid: text('call_uuid'),
    presenceId: text('presence_id'),
    application: text('application'),
    applicationData: text('application_data')?.slice(0, 200),
  }
}
