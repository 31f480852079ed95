import type { ViewReader } from '@trunkline/ports'

/** Channels of a switch that the views hold for open: a listener asks the switch about them after a gap. */
export async function openChannels(reader: Pick<ViewReader, 'all'>, switchName: string): Promise<string[]> {
  const rows = await reader.all<{ leg_id: string }>(
    `SELECT l.leg_id FROM calls c JOIN call_legs l ON l.call_id = c.id
     WHERE c.state <> 'ended' AND c.switch = ? AND l.switch = ?`,
    [switchName, switchName],
  )
  return rows.map(({ leg_id }) => leg_id)
}
