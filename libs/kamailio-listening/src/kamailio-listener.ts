import { randomUUID } from 'node:crypto'
import { KamailioRpc, RedisEventStream } from '@trunkline/kamailio'
import type { EventLogWriter } from '@trunkline/ports'
import { FactWriter } from './fact-writer.js'
import type { KamailioNode } from './kamailio-nodes.js'
import type { ListenerLogger } from './listener-logger.js'
import { NodeFacts } from './node-facts.js'
import { NodeListener, type ListenerRole } from './node-listener.js'
import { NodeWatch } from './node-watch.js'
import { Reconciler } from './reconciler.js'

export interface KamailioListenerOptions {
  readonly nodes: readonly KamailioNode[]
  readonly log: EventLogWriter
  readonly logger: ListenerLogger
  /** Name of this listener; unique among those that run. */
  readonly instance?: string
  /** Consumer group in Redis that listeners of one installation share; `trunkline` by default. */
  readonly group?: string
  readonly timing?: KamailioListenerTiming
}

/** All in ms. */
export interface KamailioListenerTiming {
  /** Between two looks at a node; 5,000 by default. */
  readonly probeMs?: number
  /** 20,000 by default, as FreeSWITCH has it. */
  readonly heartbeatMs?: number
  /** Between two snapshots when nothing asks for one; 180,000 by default. */
  readonly snapshotMs?: number
  /** How long a number may come late; 500 by default. */
  readonly windowMs?: number
  /** After how long another listener takes the stream of one that gives no sign; 5,000 by default. */
  readonly leaseMs?: number
  /** Between attempts while the log is away; 500 by default. */
  readonly logRetryMs?: number
  readonly rpcTimeoutMs?: number
  readonly redisTimeoutMs?: number
}

export interface KamailioNodeStatus {
  readonly name: string
  readonly role: ListenerRole
  /** Redis is read and the node answers. */
  readonly connected: boolean
  /** Boot id of the process that answered last. */
  readonly core: string | undefined
  /** Time of the newest event, µs by the node's clock. */
  readonly lastEventUs: number | undefined
  readonly gaps: number
  readonly unreadable: number
  /** Events of kinds that this version does not know. */
  readonly unknown: number
  readonly problem: string | undefined
}

export interface KamailioListener {
  status(): { readonly nodes: readonly KamailioNodeStatus[]; readonly logAway: boolean }
  /** Asks a node for all it knows, soon. Unknown names are ignored. */
  resync(node: string): void
  /** Stops reading and gives the streams free. What was read and not yet appended is read again by the next listener. */
  close(): Promise<void>
}

/** Listens to Kamailio nodes, each by itself: their events, and what they answer when asked. */
export function startKamailioListener(options: KamailioListenerOptions): KamailioListener {
  const stop = new AbortController()
  const running = options.nodes.map((node) => startNode(node, options, stop.signal))
  return {
    status: () => ({
      nodes: running.map(({ status }) => status()),
      logAway: running.some(({ writer }) => writer.problem !== undefined),
    }),
    resync: (name) => {
      for (const { watch, node } of running) if (node.name === name) watch.wantSnapshot('asked for')
    },
    close: async () => {
      stop.abort()
      await Promise.all(running.map(({ done }) => done))
    },
  }
}

function startNode(node: KamailioNode, options: KamailioListenerOptions, signal: AbortSignal) {
  const { log, logger, group = 'trunkline', timing = {} } = options
  const { name } = node
  const instance = options.instance ?? randomUUID()
  const rpc = new KamailioRpc({ url: node.rpcUrl, timeoutMs: timing.rpcTimeoutMs ?? 5000 })
  const leaseMs = timing.leaseMs ?? 5000
  const stream = new RedisEventStream({
    url: node.redisUrl,
    stream: node.stream,
    group,
    consumer: instance,
    leaseMs,
    timeoutMs: timing.redisTimeoutMs ?? 3000,
  })
  const writer = new FactWriter({
    log,
    logger,
    signal,
    ...(timing.logRetryMs === undefined ? {} : { retryMs: timing.logRetryMs }),
  })
  const facts = new NodeFacts(name, instance)
  const reconciler = new Reconciler({ rpc, facts, logger, append: (list) => writer.append(list) })
  const watch = new NodeWatch({
    name,
    rpc,
    writer,
    facts,
    reconciler,
    logger,
    signal,
    probeMs: timing.probeMs ?? 5000,
    heartbeatMs: timing.heartbeatMs ?? 20_000,
    snapshotMs: timing.snapshotMs ?? 180_000,
  })
  const windowMs = timing.windowMs ?? 500
  const listener = new NodeListener({
    name,
    stream,
    watch,
    writer,
    facts,
    reconciler,
    logger,
    signal,
    windowMs,
    leaseMs,
    standbyMs: Math.max(50, leaseMs / 4),
  })
  const done = Promise.all([listener.run(), watch.run()])
  const status = (): KamailioNodeStatus => ({
    name,
    role: listener.role,
    connected: listener.role === 'reading' && watch.connected,
    core: watch.lastClock?.boot,
    lastEventUs: listener.lastEventUs,
    gaps: listener.gaps,
    unreadable: listener.unreadable,
    unknown: listener.unknown,
    problem: listener.problem ?? watch.problem,
  })
  return { node, watch, writer, status, done }
}
