import type { EventHeaders } from './event-summary.js'

/** The columns of `show channels` in FreeSWITCH's order. */
export const CHANNEL_COLUMNS = [
  'uuid',
  'direction',
  'created',
  'created_epoch',
  'name',
  'state',
  'cid_name',
  'cid_num',
  'ip_addr',
  'dest',
  'application',
  'application_data',
  'dialplan',
  'context',
  'read_codec',
  'read_rate',
  'read_bit_rate',
  'write_codec',
  'write_rate',
  'write_bit_rate',
  'secure',
  'hostname',
  'presence_id',
  'presence_data',
  'accountcode',
  'callstate',
  'callee_name',
  'callee_num',
  'callee_direction',
  'call_uuid',
  'sent_callee_name',
  'sent_callee_num',
  'initial_cid_name',
  'initial_cid_num',
  'initial_ip_addr',
  'initial_dest',
  'initial_dialplan',
  'initial_context',
] as const

/** One open channel as `show channels as json` lists it. */
export type ChannelRow = Record<(typeof CHANNEL_COLUMNS)[number], string>

/** Which header tells which column. Columns named `initial_…` are taken once, when the channel is created. */
const COLUMN_HEADERS: readonly (readonly [keyof ChannelRow, string])[] = [
  ['uuid', 'Unique-ID'],
  ['direction', 'Call-Direction'],
  ['name', 'Channel-Name'],
  ['state', 'Channel-State'],
  ['cid_name', 'Caller-Caller-ID-Name'],
  ['cid_num', 'Caller-Caller-ID-Number'],
  ['ip_addr', 'Caller-Network-Addr'],
  ['dest', 'Caller-Destination-Number'],
  ['dialplan', 'Caller-Dialplan'],
  ['context', 'Caller-Context'],
  ['read_codec', 'Channel-Read-Codec-Name'],
  ['read_rate', 'Channel-Read-Codec-Rate'],
  ['read_bit_rate', 'Channel-Read-Codec-Bit-Rate'],
  ['write_codec', 'Channel-Write-Codec-Name'],
  ['write_rate', 'Channel-Write-Codec-Rate'],
  ['write_bit_rate', 'Channel-Write-Codec-Bit-Rate'],
  ['hostname', 'FreeSWITCH-Switchname'],
  ['presence_id', 'Channel-Presence-ID'],
  ['presence_data', 'Channel-Presence-Data'],
  ['accountcode', 'variable_accountcode'],
  ['callstate', 'Channel-Call-State'],
  ['callee_name', 'Caller-Callee-ID-Name'],
  ['callee_num', 'Caller-Callee-ID-Number'],
  ['call_uuid', 'Channel-Call-UUID'],
]
/** `CALL_UPDATE` speaks of what was sent to the phone. */
const UPDATE_HEADERS: readonly (readonly [keyof ChannelRow, string])[] = [
  ['callee_direction', 'Direction'],
  ['sent_callee_name', 'Sent-Callee-ID-Name'],
  ['sent_callee_num', 'Sent-Callee-ID-Number'],
]
const EXECUTE_HEADERS: readonly (readonly [keyof ChannelRow, string])[] = [
  ['application', 'Application'],
  ['application_data', 'Application-Data'],
]

/** The columns that an event tells; what it does not speak of is left out. */
export function rowFromHeaders(headers: EventHeaders): Partial<ChannelRow> {
  const row: Partial<ChannelRow> = {}
  copy(row, headers, COLUMN_HEADERS)
  if (headers['Event-Name'] === 'CALL_UPDATE') copy(row, headers, UPDATE_HEADERS)
  if (headers['Event-Name'] === 'CHANNEL_EXECUTE') copy(row, headers, EXECUTE_HEADERS)
  const created = headers['Caller-Channel-Created-Time']
  if (typeof created === 'string' && Number(created) > 0) {
    row.created = new Date(Number(created) / 1000).toISOString().slice(0, 19).replace('T', ' ')
    row.created_epoch = String(Math.floor(Number(created) / 1_000_000))
  }
  return row
}

/** A full row from what is known when a channel first shows up. */
export function newRow(known: Partial<ChannelRow>): ChannelRow {
  const row = Object.fromEntries(CHANNEL_COLUMNS.map((column) => [column, known[column] ?? ''])) as ChannelRow
  row.initial_cid_name ||= row.cid_name
  row.initial_cid_num ||= row.cid_num
  row.initial_ip_addr ||= row.ip_addr
  row.initial_dest ||= row.dest
  row.initial_dialplan ||= row.dialplan
  row.initial_context ||= row.context
  return row
}

function copy(row: Partial<ChannelRow>, headers: EventHeaders, pairs: typeof COLUMN_HEADERS): void {
  for (const [column, header] of pairs) {
    const value = headers[header]
    if (typeof value === 'string') row[column] = value
  }
}
