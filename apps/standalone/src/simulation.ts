import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { startSimulatedSwitch, type SimulatedSwitch } from '@trunkline/simulated-switch'

/** Captures whose switch was killed, or whose connection was cut: good for tests, confusing to watch. */
const NOT_TO_WATCH = new Set(['dd-switch-killed', 'ee-event-connection-gap', 'gg-hostile-content'])

/** Name of the simulated switch in the views. */
export const SIMULATED = 'simulated'

/** Plays the captures of the repository for ever, as calls of today, on a free port of the loopback address. */
export async function startSimulation(speed: number): Promise<SimulatedSwitch> {
  const captures = join(import.meta.dirname, '../../../test/captures/freeswitch')
  const scenarios = readdirSync(captures, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !NOT_TO_WATCH.has(entry.name))
    .map(({ name }) => name)
    .sort()
  return startSimulatedSwitch({
    password: randomBytes(12).toString('hex'),
    captures,
    scenarios,
    speed,
    loop: true,
    rebase: true,
    name: SIMULATED,
    registrationsFirst: true,
  })
}
