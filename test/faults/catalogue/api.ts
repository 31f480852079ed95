/** The API, with somebody who follows it live. */
import { STREAMS } from '@trunkline/ports'
import { freePort } from '../../support/free-port.js'
import type { Fault } from '../fault.js'
import { readPartition } from '../read-stream.js'
import type { Site } from '../site.js'
import { Subscriber } from '../subscriber.js'

export const API: readonly Fault[] = [
  {
    name: 'api-killed',
    about: 'The API is killed twice under a subscriber, who comes back with a cursor: each event exactly once',
    roles: ['listener1', 'projector1', 'graphql'],
    traffic: { seconds: 9 },
    env: async () => ({ graphql: { PORT: String(await freePort()) } }),
    async make(site) {
      const subscriber = await Subscriber.start(site.apps.get('graphql')!.url)
      await site.until('the subscriber sees events', () => subscriber.seen.length > 0)
      for (let time = 0; time < 2; time++) {
        await site.pause(200, 1000)
        await site.kill('graphql')
        await site.pause(100, 500)
        await site.start('graphql')
        const before = subscriber.connections
        await site.until('the subscriber is back', () => subscriber.connections > before)
      }
      return () => wrongAt(site, subscriber)
    },
  },
]

async function wrongAt(site: Site, subscriber: Subscriber): Promise<string[]> {
  const published: string[][] = []
  for (let partition = 0; partition < (await site.log.partitions(STREAMS.calls)); partition++) {
    published.push((await readPartition(site.log, STREAMS.calls, partition)).map(({ id }) => id))
  }
  const { seen } = subscriber
  const hasAll = () => published.every((ids) => ids.length === 0 || seen.includes(ids.at(-1)!))
  await site.until('the subscriber has the last events', hasAll)
  await subscriber.close()
  const wrong: string[] = []
  if (new Set(seen).size !== seen.length)
    wrong.push(`the subscriber got ${seen.length - new Set(seen).size} events twice`)
  const order = new Map(seen.map((id, index) => [id, index]))
  for (const ids of published) {
    const places = ids.map((id) => order.get(id) ?? -1)
    // what was published before it subscribed is not seen; from there on each, in its order
    const known = places.slice(places.findIndex((place) => place >= 0))
    const lost = known.filter((place) => place < 0).length
    if (lost > 0) wrong.push(`the subscriber missed ${lost} events`)
    if (known.some((place, index) => place >= 0 && place < (known[index - 1] ?? -1)))
      wrong.push('events came out of order')
  }
  return wrong
}
