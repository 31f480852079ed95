import type { Fact } from '@trunkline/domain'
import {
  KamailioRpcError,
  readContacts,
  readDialogs,
  readDispatcher,
  readNodeClock,
  readTrunkRegistrations,
  type KamailioRpc,
  type ListedGateway,
  type NodeClock,
} from '@trunkline/kamailio'
import type { ListenerLogger } from './listener-logger.js'
import type { NodeFacts } from './node-facts.js'

const DISPATCHER = /^dispatcher\//
const TRUNKS = /^registration$/
const DELETED = 'DELETED'

export interface ReconcilerOptions {
  readonly rpc: KamailioRpc
  readonly facts: NodeFacts
  readonly logger: ListenerLogger
  append(facts: readonly Fact[]): Promise<void>
}

/**
 * Asks the node what it knows and tells it as facts. Each list carries the node's time from before it was asked: what
 * an event says after that moment wins. A list that could not be read is not an empty one: it is not told at all.
 */
export class Reconciler {
  /** Gateway → what was told of it last, by an event or by a list. */
  private readonly gateways = new Map<string, { readonly state: string; readonly profile: string | undefined }>()

  constructor(private readonly options: ReconcilerOptions) {}

  /** An event told the state of a gateway. */
  heard(gateway: string, state: string): void {
    this.gateways.set(gateway, { state, profile: this.gateways.get(gateway)?.profile })
  }

  /** The next snapshot tells all gateways again. */
  forget(): void {
    this.gateways.clear()
  }

  /** True when every list was read and told. */
  async snapshot(reason: string): Promise<boolean> {
    const { rpc, facts, append } = this.options
    let clock: NodeClock
    try {
      clock = await readNodeClock(rpc)
    } catch (error) {
      return this.failed('clock', error)
    }
    const results = [
      await this.list('ul.dump', async () => [
        facts.contacts(clock, { reason, contacts: await readContacts(rpc, clock) }),
      ]),
      await this.list('dlg.list', async () => [facts.dialogs(clock, { reason, dialogs: await readDialogs(rpc) })]),
      await this.list('dispatcher.list', async () => this.changed(clock, await readDispatcher(rpc), DISPATCHER)),
      await this.list('uac.reg_dump', async () => this.changed(clock, await readTrunkRegistrations(rpc), TRUNKS)),
    ]
    try {
      // lists of two processes must not be told as one
      if ((await readNodeClock(rpc)).boot !== clock.boot) return false
    } catch (error) {
      return this.failed('clock', error)
    }
    const told = results.flatMap((result) => result.facts)
    await append(told)
    for (const fact of told) {
      if (fact.type !== 'gateway.changed') continue
      const { gateway, state, profile } = fact.data
      if (state === DELETED) this.gateways.delete(gateway)
      else this.gateways.set(gateway, { state, profile })
    }
    return results.every(({ ok }) => ok)
  }

  /** Gateways whose state differs from the one told last, and those that stood in this list and do so no more. */
  private changed(clock: NodeClock, listed: readonly ListedGateway[], own: RegExp): Fact[] {
    const names = new Set(listed.map(({ gateway }) => gateway))
    const gone = [...this.gateways].flatMap(([gateway, { profile }]): ListedGateway[] =>
      profile !== undefined && own.test(profile) && !names.has(gateway)
        ? [{ gateway, profile, state: DELETED, up: false }]
        : [],
    )
    const changed = listed.filter(({ gateway, state, profile }) => {
      const known = this.gateways.get(gateway)
      return known?.state !== state || known.profile !== profile
    })
    return [...changed, ...gone].map((gateway) => this.options.facts.gateway(clock, gateway))
  }

  private async list(what: string, read: () => Promise<Fact[]>): Promise<{ ok: boolean; facts: readonly Fact[] }> {
    try {
      return { ok: true, facts: await read() }
    } catch (error) {
      // a module that is not loaded has nothing to list: asking again would not help
      if (error instanceof KamailioRpcError && /method not found/i.test(error.message)) return { ok: true, facts: [] }
      return { ok: this.failed(what, error), facts: [] }
    }
  }

  private failed(what: string, error: unknown): false {
    const reason = error instanceof Error ? error.message : String(error)
    this.options.logger.warn({ what, reason }, 'a list could not be read from Kamailio')
    return false
  }
}
