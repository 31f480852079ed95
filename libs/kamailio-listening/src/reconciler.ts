import type { Fact } from '@trunkline/domain'
import {
  readContacts,
  readDialogs,
  readDispatcher,
  readNodeClock,
  readTrunkRegistrations,
  type KamailioRpc,
  type NodeClock,
} from '@trunkline/kamailio'
import type { ListenerLogger } from './listener-logger.js'
import type { NodeFacts } from './node-facts.js'

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
  /** Gateway → state that was told last. */
  private readonly gateways = new Map<string, string>()

  constructor(private readonly options: ReconcilerOptions) {}

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
      await this.list('contacts', async () => [
        facts.contacts(clock, { reason, contacts: await readContacts(rpc, clock) }),
      ]),
      await this.list('dialogs', async () => [facts.dialogs(clock, { reason, dialogs: await readDialogs(rpc) })]),
      await this.list('dispatcher', async () => this.changed(clock, await readDispatcher(rpc))),
      await this.list('registrations', async () => this.changed(clock, await readTrunkRegistrations(rpc))),
    ]
    try {
      // lists of two processes must not be told as one
      if ((await readNodeClock(rpc)).boot !== clock.boot) return false
    } catch (error) {
      return this.failed('clock', error)
    }
    for (const { gateways } of results) for (const [name, state] of gateways) this.gateways.set(name, state)
    await append(results.flatMap((result) => result.facts))
    return results.every(({ ok }) => ok)
  }

  private changed(clock: NodeClock, listed: Awaited<ReturnType<typeof readDispatcher>>): Fact[] {
    return listed
      .filter(({ profile, gateway, state }) => this.gateways.get(`${profile}/${gateway}`) !== state)
      .map((gateway) => this.options.facts.gateway(clock, gateway))
  }

  private async list(what: string, read: () => Promise<Fact[]>) {
    try {
      const facts = await read()
      const gateways = facts.flatMap((fact): [string, string][] =>
        fact.type === 'gateway.changed' ? [[`${fact.data.profile}/${fact.data.gateway}`, fact.data.state]] : [],
      )
      return { ok: true, facts, gateways }
    } catch (error) {
      return { ok: this.failed(what, error), facts: [], gateways: [] }
    }
  }

  private failed(what: string, error: unknown): false {
    const reason = error instanceof Error ? error.message : String(error)
    this.options.logger.warn({ what, reason }, 'a list could not be read from Kamailio')
    return false
  }
}
