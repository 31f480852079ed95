import { CHANNEL_COLUMNS, type ChannelRow } from './channel-row.js'

/** The answer to `show channels as json` as FreeSWITCH writes it: the empty one has a blank and a line break. */
export function listingJson(rows: readonly ChannelRow[]): string {
  return rows.length === 0 ? '{"row_count": 0}\n' : JSON.stringify({ row_count: rows.length, rows })
}

/** The answer to `show channels`: comma separated, header line first, the count last. */
export function listingText(rows: readonly ChannelRow[]): string {
  if (rows.length === 0) return '\n0 total.\n'
  const lines = rows.map((row) => CHANNEL_COLUMNS.map((column) => row[column]).join(','))
  return `${[CHANNEL_COLUMNS.join(','), ...lines].join('\n')}\n\n${rows.length} total.\n`
}
