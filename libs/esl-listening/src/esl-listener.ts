import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { SwitchSetting } from '@trunkline/esl'
import type { EventLogWriter } from '@trunkline/ports'
import { CdrFolder } from './cdr-folder.js'
import { FactSink } from './fact-sink.js'
import type { ListenerLogger } from './logger.js'
import { Spool } from './spool.js'
import { SwitchListener, type SwitchListenerOptions } from './switch-listener.js'

export interface EslListenerOptions {
  readonly switches: readonly SwitchSetting[]
  readonly log: EventLogWriter
  /** Facts lie here while the log is away; also remembers which CDR files were told. */
  readonly spoolDir: string
  readonly logger: ListenerLogger
  readonly openChannels?: (switchName: string) => Promise<readonly string[]>
  readonly instance?: string
  readonly timing?: Pick<
    SwitchListenerOptions,
    'silenceMs' | 'timeoutMs' | 'minBackoffMs' | 'maxBackoffMs' | 'confirmMs' | 'snapshotMs'
  > & { readonly cdrPollMs?: number; readonly logRetryMs?: number }
  readonly maxQueue?: number
  readonly maxSpoolBytes?: number
}

export interface EslListener {
  status(): { switches: ReturnType<SwitchListener['status']>[]; sink: ReturnType<FactSink['status']> }
  /** Leaves the switches, then brings what is queued to the log or to disk. */
  close(): Promise<void>
}

/** Listens to every switch, each with its own connection; all share one way to the log. */
export function startEslListener(options: EslListenerOptions): EslListener {
  const { switches, log, spoolDir, logger, openChannels, timing = {} } = options
  const instance = options.instance ?? randomUUID()
  const spool = new Spool({
    folder: join(spoolDir, 'facts'),
    ...(options.maxSpoolBytes === undefined ? {} : { maxBytes: options.maxSpoolBytes }),
  })
  const sink = new FactSink({
    log,
    spool,
    logger,
    ...(options.maxQueue === undefined ? {} : { maxQueue: options.maxQueue }),
    ...(timing.logRetryMs === undefined ? {} : { retryMs: timing.logRetryMs }),
  })
  const listeners = switches.map((setting) => {
    const known = openChannels === undefined ? {} : { openChannels: () => openChannels(setting.name) }
    return new SwitchListener({ setting, sink, instance, logger, ...known, ...timing })
  })
  const folders = switches.flatMap(({ name, cdrFolder }) =>
    cdrFolder === undefined
      ? []
      : new CdrFolder({
          folder: cdrFolder,
          switchName: name,
          stateFile: join(spoolDir, `cdr-${name}.told`),
          tell: (facts) => {
            for (const fact of facts) sink.push(fact)
            return sink.kept()
          },
          logger,
          ...(timing.cdrPollMs === undefined ? {} : { pollMs: timing.cdrPollMs }),
        }),
  )
  for (const folder of folders) folder.start()
  return {
    status: () => ({ switches: listeners.map((listener) => listener.status()), sink: sink.status() }),
    close: async () => {
      await Promise.all(listeners.map((listener) => listener.close()))
      const told = folders.map((folder) => folder.close())
      await sink.close()
      await Promise.all(told)
    },
  }
}
