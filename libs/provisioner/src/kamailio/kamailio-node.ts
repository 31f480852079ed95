/** One Kamailio: commands by JSON-RPC, and whether it can be reached. */
import { KamailioRpc, KamailioRpcError, type KamailioRpcMethod, type KamailioRpcParameter } from '@trunkline/kamailio'
import { ReloadWindow, type ReloadMethod } from './reload-window.js'

export interface KamailioNodeAddress {
  readonly name: string
  readonly rpcUrl: string
}

/** A command for every node, and what besides success says that it is as it should be. */
export interface NodeCommand {
  readonly method: KamailioRpcMethod
  readonly parameters: readonly KamailioRpcParameter[]
  /** Message of an error that says that nothing is left to be done. */
  readonly unless?: RegExp
}

/** The node cannot be reached: its part waits. */
export class NodeAwayError extends Error {
  readonly code = 'KAMAILIO_NODE_AWAY'
}

const AT_ONCE = 4
const RPC_MS = 5000
const ONGOING = /ongoing reload/i

export class KamailioNode {
  readonly name: string
  readonly #rpc: KamailioRpc
  readonly #reloads: ReloadWindow
  #away: string | undefined
  #probeAt = 0
  #probes = 0
  #isLooking = false
  /** It has answered since it was away, and {@link revive} has not told so yet. */
  #isBack = false

  constructor({ name, rpcUrl }: KamailioNodeAddress, { reloadEveryMs }: { readonly reloadEveryMs?: number } = {}) {
    this.name = name
    this.#rpc = new KamailioRpc({ url: rpcUrl, timeoutMs: RPC_MS })
    this.#reloads = new ReloadWindow((method) => this.#reload(method), reloadEveryMs)
  }

  /** Why it cannot be used now; undefined when it can. */
  get away(): string | undefined {
    return this.#away
  }

  /** Throws {@link NodeAwayError}, or what the node said. */
  async call(method: KamailioRpcMethod, parameters: readonly KamailioRpcParameter[] = []): Promise<unknown> {
    if (this.#away !== undefined) throw new NodeAwayError(this.#away)
    try {
      return await this.#rpc.call(method, parameters)
    } catch (error) {
      const { code } = error as KamailioRpcError
      if (code !== 'KAMAILIO_UNREACHABLE' && code !== 'KAMAILIO_REFUSED') throw error
      throw this.#leave(error as KamailioRpcError)
    }
  }

  /** Runs commands in their order; those of `groups` beside one another. Gives what each group ended with. */
  async run(groups: readonly (readonly NodeCommand[])[]): Promise<(Error | undefined)[]> {
    const ends = new Array<Error | undefined>(groups.length)
    const open = groups.keys()
    const worker = async () => {
      for (const at of open) ends[at] = await this.#group(groups[at]!)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
    return ends
  }

  reload(method: ReloadMethod): Promise<void> {
    return this.#reloads.request(method)
  }

  isReloading(method: ReloadMethod): boolean {
    return this.#reloads.isPending(method)
  }

  /**
   * Whether a node that was away is back: true once. Looks beside everything else, and never hammers: one that takes what
   * is sent and answers nothing must not hold up what is for the others.
   */
  revive(): boolean {
    if (this.#isBack) {
      this.#isBack = false
      this.#away = undefined
      this.#probes = 0
      return true
    }
    if (this.#away !== undefined && !this.#isLooking && performance.now() >= this.#probeAt) void this.#look()
    return false
  }

  async #look(): Promise<void> {
    this.#isLooking = true
    try {
      await this.#rpc.call('core.uptime')
      this.#isBack = true
    } catch (error) {
      this.#leave(error as Error)
    } finally {
      this.#isLooking = false
    }
  }

  #leave(error: Error): NodeAwayError {
    this.#away = `${this.name} cannot be reached: ${error.message}`
    this.#probes += 1
    this.#probeAt = performance.now() + Math.min(2000, 250 * 2 ** Math.min(this.#probes - 1, 5))
    return new NodeAwayError(this.#away)
  }

  async #group(commands: readonly NodeCommand[]): Promise<Error | undefined> {
    try {
      for (const { method, parameters, unless } of commands) {
        await this.call(method, parameters).catch((error: unknown) => {
          if (!(error instanceof KamailioRpcError) || unless?.test(error.message) !== true) throw error
        })
      }
      return undefined
    } catch (error) {
      return error as Error
    }
  }

  async #reload(method: ReloadMethod): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        await this.call(method)
        return
      } catch (error) {
        // somebody else reloaded just now
        if (attempt === 3 || !ONGOING.test((error as Error).message)) throw error
        await new Promise((resolve) => setTimeout(resolve, 2000))
      }
    }
  }
}
