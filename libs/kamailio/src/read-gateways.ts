import { KamailioRpcError } from './kamailio-rpc-error.js'
import type { KamailioRpc } from './kamailio-rpc.js'
import { gatewayOf } from './sip-text.js'

/** A gateway of the dispatcher, or a registration of ours at a trunk. */
export interface ListedGateway {
  readonly gateway: string
  readonly profile: string
  /** As Kamailio names it: AP, IP, AX …; for a registration `online`, `failing` or `disabled`. */
  readonly state: string
  readonly up: boolean
}

interface DispatcherList {
  readonly RECORDS?: readonly {
    readonly SET?: {
      readonly ID?: unknown
      readonly TARGETS?: readonly { readonly DEST?: { readonly URI?: unknown; readonly FLAGS?: unknown } }[]
    }
  }[]
}

/** `dispatcher.list`. The first flag is A(ctive), T(rying), I(nactive) or D(isabled); the first two are used. */
export async function readDispatcher(rpc: Pick<KamailioRpc, 'call'>): Promise<ListedGateway[]> {
  let list: DispatcherList
  try {
    list = (await rpc.call('dispatcher.list')) as DispatcherList
  } catch (error) {
    if (error instanceof KamailioRpcError && /No Destination Sets/i.test(error.message)) return []
    throw error
  }
  const gateways = new Map<string, ListedGateway>()
  for (const { SET } of list.RECORDS ?? []) {
    for (const { DEST } of SET?.TARGETS ?? []) {
      const state = String(DEST?.FLAGS ?? '')
      const gateway = gatewayOf(String(DEST?.URI ?? ''))
      const up = /^[AT]/.test(state)
      const known = gateways.get(gateway)
      // in several sets it is one gateway, which is up when any of them can use it
      if (known === undefined || (up && !known.up))
        gateways.set(gateway, { gateway, profile: known?.profile ?? `dispatcher/${String(SET?.ID)}`, state, up })
    }
  }
  return [...gateways.values()]
}

const DISABLED = 1
const ONLINE = 4

/** `uac.reg_dump`. The reply holds passwords, so nothing of it but name and flags is kept. */
export async function readTrunkRegistrations(rpc: Pick<KamailioRpc, 'call'>): Promise<ListedGateway[]> {
  const list = await rpc.call('uac.reg_dump')
  if (!Array.isArray(list)) throw new KamailioRpcError('KAMAILIO_REFUSED', 'uac.reg_dump: no list')
  return (list as Record<string, unknown>[]).map((row) => {
    const flags = Number(row['flags'] ?? 0)
    const up = (flags & ONLINE) !== 0
    const state = (flags & DISABLED) !== 0 ? 'disabled' : up ? 'online' : 'failing'
    return { gateway: String(row['l_uuid']), profile: 'registration', state, up }
  })
}
