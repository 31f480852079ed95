/** One real Kafka and one real MariaDB for a run of faults, and the wires that can be put before them. */
import { realEngines, type Deployment } from '../support/engines.js'
import { freePort } from '../support/free-port.js'
import type { KafkaBroker } from '../support/kafka-broker.js'
import type { MariadbServer } from '../support/mariadb-server.js'
import { Wire } from './wire.js'

export interface Servers {
  readonly kafka: KafkaBroker
  readonly mariadb: MariadbServer
  /** Before the broker and before the database. */
  readonly wires: { readonly kafka: Wire; readonly database: Wire }
  deploy(): Promise<Deployment>
  /** Whatever was done to servers and wires: they work again. */
  heal(): Promise<void>
  dispose(): Promise<void>
}

export async function startServers(): Promise<Servers> {
  const wires = { kafka: await Wire.open(), database: await Wire.open() }
  // the broker tells its clients where it is: on this listener it says that it is at the other end of the wire
  const port = await freePort()
  const settings = {
    listeners: `PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controllerPort},WIRED://127.0.0.1:${port}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:{port},WIRED://127.0.0.1:${wires.kafka.port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,WIRED:PLAINTEXT',
  }
  wires.kafka.target = port
  const engines = await realEngines({ settings })
  const { kafka, mariadb } = engines
  wires.database.target = mariadb!.port
  return {
    kafka: kafka!,
    mariadb: mariadb!,
    wires,
    deploy: () => engines.deploy(),
    async heal() {
      wires.kafka.heal()
      wires.database.heal()
      if (!isAlive(kafka!.pid)) await kafka!.start()
      if (!isAlive(mariadb!.pid)) await mariadb!.restart()
    },
    async dispose() {
      await Promise.all([wires.kafka.close(), wires.database.close()])
      await engines.dispose()
    },
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
