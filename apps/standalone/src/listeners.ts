import { join } from 'node:path'
import { parseEslSwitches, type SwitchSetting } from '@trunkline/esl'
import { startEslListener } from '@trunkline/esl-listening'
import {
  describeKamailioNode,
  parseKamailioNodes,
  startKamailioListener,
  type KamailioNode,
} from '@trunkline/kamailio-listening'
import type { EventLog, ViewStore } from '@trunkline/ports'
import { openChannels } from '@trunkline/projection'
import type { AppParts, Config, Metrics } from '@trunkline/runtime'
import { SIMULATED, startSimulation } from './simulation.js'

export interface Sources {
  readonly switches: readonly SwitchSetting[]
  readonly nodes: readonly KamailioNode[]
}

/** What is to be listened to. Throws with words when a setting cannot be read. */
export function readSources({ eslSwitches, kamailioNodes }: Config): Sources {
  return {
    switches: eslSwitches === undefined ? [] : parseEslSwitches(eslSwitches),
    nodes: kamailioNodes === undefined ? [] : parseKamailioNodes(kamailioNodes),
  }
}

/** Starts the listeners, or the simulated switch and one for it. Gives what they hear, in words without secrets. */
export async function startListeners(
  parts: AppParts,
  sources: Sources,
  { log, store }: { readonly log: EventLog; readonly store: ViewStore },
): Promise<string[]> {
  const { config, logger, metrics, shutdown } = parts
  const switches = [...sources.switches]
  const heard = switches.map(({ name, address }) => `FreeSWITCH ${name} at ${address.host}:${address.port}`)
  if (config.simulated) {
    const simulation = await startSimulation(config.simulatedSpeed)
    shutdown.add('simulated switch', () => simulation.close())
    switches.push(...parseEslSwitches(`${SIMULATED}=${simulation.url}`))
    heard.push(`a simulated switch at ${config.simulatedSpeed} × speed`)
  }
  const connections: Array<() => readonly Connection[]> = []
  watchConnections(metrics, () => connections.flatMap((list) => list()))
  if (switches.length > 0) {
    const listener = startEslListener({
      switches,
      log,
      spoolDir: join(config.dataDir, 'spool'),
      logger,
      openChannels: (name) => openChannels(store, name),
    })
    shutdown.add('FreeSWITCH listener', () => listener.close())
    connections.push(() => listener.status().switches)
    watchSink(metrics, () => listener.status().sink)
  }
  if (sources.nodes.length > 0) {
    const listener = startKamailioListener({ nodes: sources.nodes, log, logger })
    shutdown.add('Kamailio listener', () => listener.close())
    connections.push(() => listener.status().nodes)
    heard.push(...sources.nodes.map((node) => `Kamailio ${describeKamailioNode(node)}`))
  }
  return heard
}

type Connection = { readonly name: string; readonly connected: boolean }

/** One gauge for switches of both kinds. */
function watchConnections(metrics: Metrics, connections: () => readonly Connection[]): void {
  const text = { name: 'switch_connected', help: '1 when the listener is connected', labels: ['switch'] }
  metrics.gauge(text, (gauge) => {
    for (const { name, connected } of connections()) gauge.set({ switch: name }, connected ? 1 : 0)
  })
}

function watchSink(metrics: Metrics, sink: () => { readonly queued: number; readonly spooledBytes: number }): void {
  metrics.gauge({ name: 'listener_queued_facts', help: 'Facts that wait to be appended to the log' }, (gauge) =>
    gauge.set(sink().queued),
  )
  metrics.gauge({ name: 'listener_spooled_bytes', help: 'Facts on disk while the log is away' }, (gauge) =>
    gauge.set(sink().spooledBytes),
  )
}
