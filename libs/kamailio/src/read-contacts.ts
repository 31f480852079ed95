/** All contacts that a node keeps, by JSON-RPC. */
import type { FactFrom, registrationFacts } from '@trunkline/domain'
import { KamailioRpcError } from './kamailio-rpc-error.js'
import type { KamailioRpc } from './kamailio-rpc.js'

type Snapshot = Extract<FactFrom<(typeof registrationFacts)[number]>, { type: 'registration.snapshot' }>
export type ListedContact = Snapshot['data']['contacts'][number]

/** `ul.dump` in full: above about 5,000 contacts the server lacks the memory for the reply and does not answer. */
const DUMP_AT_MOST = 3000
const LOOKUPS_AT_ONCE = 8

/**
 * Contacts that are not expired or deleted. A dump while they are few; otherwise the names, then each by itself: not
 * one moment, but nothing that changes meanwhile escapes, since its own event is newer than `nowUs`.
 */
export async function readContacts(
  rpc: Pick<KamailioRpc, 'call'>,
  { boot, nowUs }: { boot: string; nowUs: number },
): Promise<ListedContact[]> {
  const names = aorsOf(await rpc.call('ul.dump', ['brief']))
  const infos = names.length <= DUMP_AT_MOST ? await dumpOrLookUp(rpc, names) : await lookUpAll(rpc, names)
  return infos.flatMap((info) => contactsOf(info, { boot, nowUs }))
}

/** Few addresses can have many contacts: then a dump gives no answer, and each is asked by itself. */
async function dumpOrLookUp(rpc: Pick<KamailioRpc, 'call'>, names: readonly string[]): Promise<Aor[]> {
  try {
    return infosOf(await rpc.call('ul.dump'))
  } catch (error) {
    if (!(error instanceof KamailioRpcError && error.code === 'KAMAILIO_UNREACHABLE')) throw error
    return lookUpAll(rpc, names)
  }
}

interface Aor {
  readonly AoR?: unknown
  readonly Contacts?: readonly { readonly Contact?: Readonly<Record<string, unknown>> }[]
}
interface Dump {
  readonly Domains?: readonly { readonly Domain?: { readonly AoRs?: readonly (Aor & { readonly Info?: Aor })[] } }[]
}

function entriesOf(dump: unknown): (Aor & { readonly Info?: Aor })[] {
  const { Domains } = (dump ?? {}) as Dump
  if (!Array.isArray(Domains)) throw new KamailioRpcError('KAMAILIO_REFUSED', 'ul.dump: no list of domains')
  return Domains.flatMap(({ Domain }) => Domain?.AoRs ?? [])
}

function aorsOf(dump: unknown): string[] {
  return entriesOf(dump).map(({ AoR }) => String(AoR))
}

function infosOf(dump: unknown): Aor[] {
  return entriesOf(dump).map((entry) => entry.Info ?? entry)
}

async function lookUpAll(rpc: Pick<KamailioRpc, 'call'>, names: readonly string[]): Promise<Aor[]> {
  const infos: Aor[] = []
  const waiting = names.values()
  const worker = async () => {
    for (const name of waiting) {
      try {
        infos.push((await rpc.call('ul.lookup', ['location', name])) as Aor)
      } catch (error) {
        // gone since the names were listed
        if (!(error instanceof KamailioRpcError && /not found/i.test(error.message))) throw error
      }
    }
  }
  await Promise.all(Array.from({ length: LOOKUPS_AT_ONCE }, worker))
  return infos
}

function contactsOf(info: Aor, { boot, nowUs }: { boot: string; nowUs: number }): ListedContact[] {
  const aor = String(info.AoR)
  return (info.Contacts ?? []).flatMap(({ Contact }): ListedContact[] => {
    const left = Contact?.['Expires']
    const ruid = text(Contact?.['Ruid'])
    // "expired" and "deleted" ones wait for a timer; a permanent contact never runs out
    if (Contact === undefined || ruid === undefined) return []
    if (typeof left !== 'number' && left !== 'permanent') return []
    const nowSeconds = Math.floor(nowUs / 1_000_000)
    return [
      {
        core: boot,
        aor,
        contact: text(Contact['Address']),
        contactId: ruid,
        instance: text(Contact['Instance'])?.replace(/^<|>$/g, ''),
        userAgent: text(Contact['User-Agent']),
        // kept only for phones behind a NAT
        source: text(Contact['Received'])?.replace(/^sips?:|;.*$/g, ''),
        transport: transportOf(text(Contact['Socket'])),
        expiresAt: typeof left === 'number' ? (nowSeconds + left) * 1_000_000 : NEVER_US,
      },
    ]
  })
}

/** 9999-12-31, for contacts that never expire. */
const NEVER_US = 253_402_214_400_000_000

function text(value: unknown): string | undefined {
  return typeof value !== 'string' || value === '' || value === '[not set]' ? undefined : value
}

function transportOf(socket: string | undefined): string | undefined {
  return socket?.split(':', 1)[0]
}
