/** The network between the apps and what they need: connections reset, or packets dropped while nobody is told. */
import type { Fault } from '../fault.js'
import type { Site } from '../site.js'
import type { Wire } from '../wire.js'

async function resets(site: Site, wires: readonly Wire[]): Promise<void> {
  for (const wire of wires) wire.reset()
  await site.pause(2000, 4000)
  for (const wire of wires) wire.heal()
}

async function silences(site: Site, wires: readonly Wire[]): Promise<void> {
  for (const wire of wires) wire.silence()
  await site.pause(4000, 8000)
  for (const wire of wires) wire.heal()
}

const kafka = (site: Site) => [site.options.servers.wires.kafka]
const database = (site: Site) => [site.options.servers.wires.database]

export const NETWORK: readonly Fault[] = [
  {
    name: 'kafka-reset',
    about: 'All connections to Kafka are reset, new ones too, for some seconds',
    wired: ['kafka'],
    make: (site) => resets(site, kafka(site)),
  },
  {
    name: 'kafka-silent',
    about: 'Nothing passes between the apps and Kafka for some seconds, and nobody is told',
    wired: ['kafka'],
    traffic: { seconds: 9 },
    make: (site) => silences(site, kafka(site)),
  },
  {
    name: 'database-reset',
    about: 'All connections to MariaDB are reset, new ones too, for some seconds',
    wired: ['database'],
    make: (site) => resets(site, database(site)),
  },
  {
    name: 'database-silent',
    about: 'Nothing passes between the apps and MariaDB for some seconds, and nobody is told',
    wired: ['database'],
    traffic: { seconds: 9 },
    make: (site) => silences(site, database(site)),
  },
  {
    name: 'switch-reset',
    about: 'One of two listeners is cut from all switches',
    wired: ['switches'],
    wiredRoles: ['listener1'],
    make: (site) => resets(site, site.switchWires),
  },
  {
    name: 'switch-silent',
    about: 'One of two listeners hears nothing for some seconds, and is not told',
    wired: ['switches'],
    wiredRoles: ['listener1'],
    traffic: { seconds: 9 },
    make: (site) => silences(site, site.switchWires),
  },
  {
    name: 'switch-unheard',
    about: 'Both listeners are cut from all switches: gaps must tell of what nobody heard',
    wired: ['switches'],
    deafens: true,
    make: (site) => resets(site, site.switchWires),
  },
]
