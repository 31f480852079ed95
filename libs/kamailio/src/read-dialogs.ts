import type { DialogFact } from '@trunkline/domain'
import { KamailioRpcError } from './kamailio-rpc-error.js'
import type { KamailioRpc } from './kamailio-rpc.js'
import { addressOf } from './sip-text.js'

export type ListedDialog = Extract<DialogFact, { type: 'dialog.snapshot' }>['data']['dialogs'][number]

/** Dialogs that live (states 1 to 4). Ended ones stay listed for a few seconds in state 5. */
export async function readDialogs(rpc: Pick<KamailioRpc, 'call'>): Promise<ListedDialog[]> {
  const list = await rpc.call('dlg.list')
  if (!Array.isArray(list)) throw new KamailioRpcError('KAMAILIO_REFUSED', 'dlg.list: no list')
  return (list as Record<string, unknown>[]).flatMap((row): ListedDialog[] => {
    const state = Number(row['state'])
    if (!(state < 5)) return []
    const start = Number(row['start_ts'] ?? 0) || Number(row['init_ts'] ?? 0)
    return [
      {
        dialog: `${String(row['h_entry'])}:${String(row['h_id'])}`,
        callId: String(row['call-id'] ?? ''),
        state,
        startedAt: start > 0 ? start * 1_000_000 : undefined,
        from: addressOf(String(row['from_uri'] ?? '')),
        to: dialledOf(row) ?? addressOf(String(row['to_uri'] ?? '')),
      },
    ]
  })
}

/** What kamailio.cfg kept of the Request-URI; the header To may say anything. */
function dialledOf(row: Record<string, unknown>): string | undefined {
  const variables = row['variables']
  if (!Array.isArray(variables)) return undefined
  for (const variable of variables as Record<string, unknown>[]) {
    if (typeof variable['to'] === 'string') return variable['to']
  }
  return undefined
}
