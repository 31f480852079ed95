/** The whole way in one process: simulated switch → listeners → embedded log → projector → views. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CallRecord, LegRecord } from '@trunkline/domain'
import { parseEslSwitches } from '@trunkline/esl'
import { startEslListener, type EslListener, type EslListenerOptions } from '@trunkline/esl-listening'
import { allProjections, openChannels, SHARED_TABLES, startProjector, type Projector } from '@trunkline/projection'
import { openSqliteEventLog, openSqliteViewStore } from '@trunkline/sqlite'
import type { EventLog, ViewStore } from '@trunkline/ports'
import type { Deployment } from './engines.js'

export const silentLogger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}

export const FAST_TIMING = {
  minBackoffMs: 20,
  maxBackoffMs: 100,
  confirmMs: 300,
  snapshotMs: 500,
  timeoutMs: 15_000,
  cdrPollMs: 100,
  logRetryMs: 20,
}

export class Pipeline {
  readonly folder: string
  readonly log: EventLog
  readonly store: ViewStore
  readonly listeners: EslListener[] = []
  projector!: Projector

  /** On the stores of a deployment, or on embedded ones in a folder of its own. */
  constructor(deployment?: Pick<Deployment, 'dataDir' | 'openLog' | 'openViews'>) {
    this.folder = deployment?.dataDir ?? mkdtempSync(join(tmpdir(), 'trunkline-pipeline-'))
    this.log = deployment?.openLog() ?? openSqliteEventLog({ directory: join(this.folder, 'log') })
    this.store = deployment?.openViews() ?? openSqliteViewStore({ file: join(this.folder, 'views.sqlite') })
  }

  async startProjector(): Promise<void> {
    await this.store.createTables(SHARED_TABLES)
    this.projector = await startProjector({
      log: this.log,
      store: this.store,
      projections: allProjections(),
      logger: silentLogger,
    })
  }

  listen(switches: string, options: Partial<EslListenerOptions> = {}): EslListener {
    const listener = startEslListener({
      switches: parseEslSwitches(switches),
      log: this.log,
      spoolDir: join(this.folder, `spool${this.listeners.length}`),
      logger: silentLogger,
      openChannels: (name) => openChannels(this.store, name),
      timing: FAST_TIMING,
      ...options,
    })
    this.listeners.push(listener)
    return listener
  }

  /** The sockets are quiet, and everything that the listeners took is in the views. */
  async settled(): Promise<void> {
    let heard = -1
    for (let calm = 0; calm < 6;) {
      const began = performance.now()
      await new Promise((resolve) => setTimeout(resolve, 25))
      // a look that comes late says less: on a busy machine nothing moves for a while
      const weight = performance.now() - began < 50 ? 1 : 0.25
      const states = this.listeners.map((one) => one.status())
      const queued = states.reduce((sum, { sink }) => sum + sink.queued + sink.spooledBytes, 0)
      const events = states.flatMap(({ switches }) => switches).reduce((sum, one) => sum + one.bytes, 0)
      calm = queued === 0 && events === heard ? calm + weight : 0
      heard = events
    }
    await this.projector.caughtUp()
  }

  async close(): Promise<void> {
    await Promise.all(this.listeners.map((one) => one.close()))
    await this.projector.close()
    await this.store.close()
    await this.log.close()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Call records as far as rows tell them: enough to compare with the truth. */
export async function recordsIn(store: ViewStore): Promise<CallRecord[]> {
  const calls = await store.all<Record<string, never>>(
    "SELECT * FROM calls WHERE kind = 'call' ORDER BY started_at, id",
  )
  const legs = await store.all<Record<string, never>>('SELECT * FROM call_legs ORDER BY started_at, leg_id')
  return calls.map((row) => {
    const own = legs.filter((leg) => leg['call_id'] === row['id'])
    return {
      ...(JSON.parse(String(row['details'])) as object),
      id: row['id'],
      state: row['state'],
      disposition: row['disposition'],
      from: { number: row['from_number'], name: row['from_name'], user: row['from_user'] },
      to: { number: row['to_number'], name: row['to_name'], user: row['to_user'] },
      answeredAt: row['answered_at'],
      ringMs: row['ring_ms'],
      talkMs: row['talk_ms'],
      cause: row['cause'],
      hungUpBy: row['hung_up_by'],
      legs: own.map(
        (leg) =>
          ({
            id: leg['leg_id'],
            role: leg['role'],
            sipCallId: leg['sip_call_id'],
            talkMs: leg['talk_ms'],
          }) as unknown as LegRecord,
      ),
    } as unknown as CallRecord
  })
}
