import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { startSimulatedSwitch, type SimulatedSwitch, type SimulatedSwitchOptions } from './index.js'
import { SpecClient } from './spec-client.js'

export const CAPTURES = join(import.meta.dirname, '../../../test/captures/freeswitch')

/** Switches and clients of one test, closed together. */
export class SpecSetting {
  readonly #open: { close(): unknown }[] = []

  async start(options: Partial<SimulatedSwitchOptions> = {}): Promise<SimulatedSwitch> {
    const simulated = await startSimulatedSwitch({
      password: 'ClueCon',
      captures: CAPTURES,
      scenarios: ['a-ext-ext-caller-hangup'],
      speed: 'fastest',
      ...options,
    })
    this.#open.push(simulated)
    return simulated
  }

  async connect(simulated: SimulatedSwitch): Promise<SpecClient> {
    const client = await SpecClient.open(simulated.port)
    this.#open.push(client)
    return client
  }

  /** Signs in as soon as the switch can be reached again. */
  async listenAgain(simulated: SimulatedSwitch): Promise<SpecClient> {
    for (;;) {
      const client = await this.listen(simulated).catch(() => undefined)
      if (client !== undefined) return client
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  /** A client that signed in and said `event …` (all events as JSON when not told otherwise). */
  async listen(simulated: SimulatedSwitch, event = 'json ALL'): Promise<SpecClient> {
    const client = await this.connect(simulated)
    client.say('auth ClueCon')
    await client.until((bytes) => bytes.includes('+OK accepted'))
    client.say(`event ${event}`)
    await client.until((bytes) => bytes.includes('+OK event listener'))
    return client
  }

  async close(): Promise<void> {
    for (const one of this.#open.splice(0).reverse()) await one.close()
  }
}

/** The bytes of a captured connection. */
export function captured(scenario: string, file = 'events.json'): Buffer {
  return gunzipSync(readFileSync(join(CAPTURES, scenario, `${file}.raw.gz`)))
}
