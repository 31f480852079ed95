import { readNodeClock, type KamailioRpc, type NodeClock } from '@trunkline/kamailio'
import type { FactWriter } from './fact-writer.js'
import type { ListenerLogger } from './listener-logger.js'
import type { NodeFacts } from './node-facts.js'
import { pause } from './pause.js'
import type { Reconciler } from './reconciler.js'

export interface NodeWatchOptions {
  readonly name: string
  readonly rpc: KamailioRpc
  readonly writer: FactWriter
  readonly facts: NodeFacts
  readonly reconciler: Reconciler
  readonly logger: ListenerLogger
  readonly signal: AbortSignal
  readonly probeMs: number
  readonly heartbeatMs: number
  readonly snapshotMs: number
}

/** Probes in a row that must fail before the node counts as gone. */
const FAILURES = 2

/** While the listener holds the stream: is the node there, is it the same process, when is a snapshot due. */
export class NodeWatch {
  private active = false
  private connectedTo: string | undefined
  private failures = 0
  private wanted = new Set<string>()
  private nextHeartbeatMs = 0
  private nextSnapshotMs = 0
  private poke = new AbortController()
  /** The last snapshot failed: the next attempt has time. */
  private snapshotFailed = false
  lastClock: (NodeClock & { readonly readAtMs: number }) | undefined
  /** The oldest clock reading whose number was not yet compared with what was heard. */
  private unjudged: (NodeClock & { readonly readAtMs: number }) | undefined
  problem: string | undefined

  constructor(private readonly options: NodeWatchOptions) {}

  get connected(): boolean {
    return this.connectedTo !== undefined
  }

  begin(): void {
    this.active = true
    this.lastClock = undefined
    this.unjudged = undefined
    this.poke.abort()
  }

  /** Another listener takes over; it tells of the node from now on. */
  end(): void {
    this.active = false
    this.connectedTo = undefined
    this.lastClock = undefined
    this.unjudged = undefined
  }

  /** A reading from before this moment (local clock, ms), once. */
  takeClock(beforeMs: number): NodeClock | undefined {
    const clock = this.unjudged
    if (clock === undefined || clock.readAtMs > beforeMs) return undefined
    this.unjudged = undefined
    return clock
  }

  wantSnapshot(reason: string): void {
    this.wanted.add(reason)
    this.poke.abort()
  }

  /** The stream is lost: from here on nothing is heard. */
  async lost(reason: string, lastEventUs: number | undefined): Promise<void> {
    const wasConnected = this.connectedTo !== undefined
    this.connectedTo = undefined
    // an answer of the node that comes now is no proof that its events are heard
    this.active = false
    if (wasConnected) await this.tellLost(reason, lastEventUs)
  }

  /** Until the signal aborts. Never rejects. */
  async run(): Promise<void> {
    const { signal, probeMs, logger, name } = this.options
    while (!signal.aborted) {
      try {
        if (this.active) await this.look()
      } catch (error) {
        if (signal.aborted) break
        logger.error({ node: name, reason: String(error) }, 'watching the node failed')
      }
      this.poke = new AbortController()
      if (this.active && this.wanted.size > 0 && this.failures === 0 && !this.snapshotFailed) {
        // a snapshot was asked for meanwhile: soon, but not in a spin
        await pause(Math.min(probeMs, 250), signal)
      } else {
        await pause(probeMs, AbortSignal.any([signal, this.poke.signal]))
      }
    }
  }

  private async look(): Promise<void> {
    const clock = await this.probe()
    if (clock === undefined || !this.active) return
    const { facts, writer, reconciler, snapshotMs, heartbeatMs } = this.options
    const nowMs = performance.now()
    if (this.connectedTo !== clock.boot) {
      const version = await this.version()
      if (!this.active) return
      reconciler.forget()
      await writer.append([facts.connected(clock, version)])
      this.connectedTo = clock.boot
      this.wanted.add('connected')
    }
    if (nowMs >= this.nextHeartbeatMs) {
      this.nextHeartbeatMs = nowMs + heartbeatMs
      await writer.append([facts.heartbeat(clock, await this.counts())])
    }
    if (nowMs >= this.nextSnapshotMs) this.wanted.add('periodic')
    if (this.wanted.size === 0) return
    const reasons = [...this.wanted]
    this.wanted.clear()
    this.snapshotFailed = !(await reconciler.snapshot(reasons.join(', ')))
    if (!this.snapshotFailed) this.nextSnapshotMs = nowMs + snapshotMs
    else for (const reason of reasons) this.wanted.add(reason)
  }

  private async probe(): Promise<NodeClock | undefined> {
    try {
      const clock = await readNodeClock(this.options.rpc)
      this.lastClock = { ...clock, readAtMs: performance.now() }
      this.unjudged ??= this.lastClock
      this.failures = 0
      this.problem = undefined
      return clock
    } catch (error) {
      this.failures += 1
      this.problem = error instanceof Error ? error.message : String(error)
      if (this.failures >= FAILURES && this.connectedTo !== undefined) {
        this.connectedTo = undefined
        await this.tellLost(this.problem, undefined)
      }
      return undefined
    }
  }

  private async tellLost(reason: string, lastEventAt: number | undefined): Promise<void> {
    const { facts, writer, logger, name } = this.options
    logger.warn({ node: name, reason }, 'the node is lost')
    const { lastClock } = this
    // by the node's clock, as far as it is known
    const nowUs =
      lastClock === undefined
        ? Date.now() * 1000
        : lastClock.nowUs + Math.round((performance.now() - lastClock.readAtMs) * 1000)
    await writer.append([facts.disconnected(reason, { nowUs, lastEventAt })]).catch(() => undefined)
  }

  private async version(): Promise<string | undefined> {
    const version = await this.options.rpc.call('core.version').catch(() => undefined)
    return typeof version === 'string' ? version.trim() : undefined
  }

  private async counts(): Promise<{ sessions: number; sessionsSinceStartup: number }> {
    const { rpc } = this.options
    const active = (await rpc.call('dlg.stats_active').catch(() => ({}))) as { all?: unknown }
    const statistics = (await rpc.call('stats.fetch', ['dialog:']).catch(() => ({}))) as Record<string, unknown>
    const sessionsSinceStartup = Number(statistics['dialog.processed_dialogs'] ?? 0)
    return { sessions: Number(active.all ?? 0), sessionsSinceStartup }
  }
}
