// One of the two servers that bench/push.mjs measures, in a process of its own so that its CPU time is its own:
// `trunkline` (the real API on a real log) or `graphql-ws` (the reference server, fed from memory).
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSchema } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import { WebSocketServer } from 'ws'

const kind = process.argv[2]
const server = kind === 'trunkline' ? await trunkline() : await graphqlWs()
let cpu = process.cpuUsage()
process.on('message', async ({ publish, lap }) => {
  if (publish) await server.publish(publish)
  if (!lap) return
  const { user, system } = process.cpuUsage(cpu)
  cpu = process.cpuUsage()
  process.send({ cpuMs: (user + system) / 1000, rssMb: process.memoryUsage().rss / 1e6 })
})
process.on('disconnect', () => void server.close().then(() => process.exit(0)))
process.send({ url: server.url })

function call(seq) {
  const at = Date.UTC(2026, 0, 5) + seq * 1000
  const user = (name) => ({ number: name, name, user: `${name}@a.example` })
  return {
    ...{
      id: `call-${seq}`,
      conversationId: `call-${seq}`,
      kind: 'call',
      related: [],
      switch: 'pbx1',
      tenant: 'a.example',
    },
    ...{
      direction: 'internal',
      from: user('1001'),
      to: user('1002'),
      state: 'answered',
      lifecycle: 'live',
      disposition: null,
    },
    ...{
      startedAt: at,
      ringingAt: at + 90,
      answeredAt: at + 4000,
      endedAt: null,
      ringMs: 3910,
      talkMs: null,
      holdMs: 0,
    },
    ...{
      pddMs: 90,
      cause: null,
      sipStatus: null,
      hungUpBy: null,
      answeredBy: null,
      trunk: null,
      did: null,
      routedTo: null,
    },
    ...{ queue: null, queueVisits: [], conference: null, conferenceVisits: [], parking: null, voicemail: null },
    ...{ transfers: [], holds: [], recordings: [], quality: null, legs: [], timeline: [], revision: seq },
    known: { how: 'observed', notBefore: null, notAfter: null, reason: null },
  }
}

async function trunkline() {
  const { createAccess } = await import('@trunkline/access')
  const { startGraphqlApi } = await import('@trunkline/graphql-api')
  const tables = await import('@trunkline/projection')
  const { openSqliteEventLog, openSqliteViewStore } = await import('@trunkline/sqlite')
  const { pino } = await import('pino')
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-bench-'))
  const store = openSqliteViewStore({ file: join(folder, 'views.sqlite') })
  await store.createTables(Object.values(tables).filter((one) => one?.columns && one.key))
  const log = openSqliteEventLog({ directory: join(folder, 'log') })
  const api = await startGraphqlApi({
    ...{ host: '127.0.0.1', port: 0, store, log, access: createAccess({ secret: process.env.BENCH_SECRET }) },
    ...{ logger: pino({ level: 'warn' }), health: async () => ({ ready: true, checks: {} }) },
    limits: { burst: 1e6, maxSocketsPerViewer: 1e5 },
  })
  let seq = 0
  return {
    url: `${api.url.replace('http', 'ws')}/graphql`,
    publish(count) {
      const records = Array.from({ length: count }, () => {
        const data = { at: Date.UTC(2026, 0, 5), call: call(++seq) }
        const meta = { seq: String(seq) }
        return { id: `${seq}`, type: 'call.answered', version: 1, key: data.call.id, time: data.at * 1000, data, meta }
      })
      return log.append('trunkline.calls', records)
    },
    async close() {
      await api.close()
      await log.close()
      await store.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function graphqlWs() {
  const schema = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'))
  const listeners = new Set()
  // DateTime leaves as text on both sides.
  schema.getType('DateTime').serialize = (ms) => new Date(ms).toISOString()
  schema.getSubscriptionType().getFields().callEvents.subscribe = () => {
    const queue = [{ callEvents: { cursor: 'start', kind: 'snapshot', event: null } }]
    let wake = () => undefined
    const push = (value) => (queue.push(value), wake())
    listeners.add(push)
    return (async function* () {
      try {
        for (;;) {
          while (queue.length > 0) yield queue.shift()
          await new Promise((resolve) => (wake = resolve))
        }
      } finally {
        listeners.delete(push)
      }
    })()
  }
  const http = createServer()
  useServer({ schema }, new WebSocketServer({ server: http, path: '/graphql' }))
  await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve))
  let seq = 0
  return {
    url: `ws://127.0.0.1:${http.address().port}/graphql`,
    async publish(count) {
      for (let i = 0; i < count; i++) {
        const event = { id: `${++seq}`, type: 'call_answered', at: Date.UTC(2026, 0, 5), call: call(seq) }
        for (const push of listeners) push({ callEvents: { cursor: `${seq}`, kind: 'change', event } })
      }
    },
    close: async () => http.closeAllConnections(),
  }
}
