// Live push: one event, and a burst of ten, to N subscribers (1,000 unless told otherwise), against graphql-ws in the
// same run. Prints medians and ratios: time until the last subscriber has the message, and CPU time of the server.
import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { issueToken } from '@trunkline/access'
import WebSocket from 'ws'

const SUBSCRIBERS = Number(process.argv[2] ?? 1000)
const ROUNDS = Number(process.argv[3] ?? 15)
const BURST = 10
const SECRET = randomUUID() + randomUUID()
const QUERY = `subscription { callEvents { cursor kind event { id type at call {
  id conversationId switch tenant direction state lifecycle startedAt ringingAt answeredAt ringMs holdMs revision
  from { number name user } to { number name user } known { how } } } } }`

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1]
const token = await issueToken(SECRET, { role: 'operator', tenant: 'a.example', user: 'bench', ttlSeconds: 3600 })

async function measure(kind) {
  const child = fork(new URL('./push/server.mjs', import.meta.url), [kind], {
    env: { ...process.env, BENCH_SECRET: SECRET },
  })
  const answer = () => new Promise((resolve) => child.once('message', resolve))
  const { url } = await answer()
  let waiting = 0
  let done = () => undefined
  // Counts messages by their bytes alone, so that the clients cost the same for both and as little as they can.
  const expectMessages = (count) => new Promise((resolve) => ((waiting = count), (done = resolve)))
  const lap = () => {
    const lapped = answer()
    child.send({ lap: true })
    return lapped
  }
  const connected = expectMessages(SUBSCRIBERS * 2)
  const sockets = Array.from({ length: SUBSCRIBERS }, () => {
    const socket = new WebSocket(url, 'graphql-transport-ws', { perMessageDeflate: false, skipUTF8Validation: true })
    socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { token } })))
    socket.once('message', () =>
      socket.send(JSON.stringify({ type: 'subscribe', id: randomUUID(), payload: { query: QUERY } })),
    )
    socket.on('message', () => --waiting === 0 && done())
    return socket
  })
  await connected
  const run = async (events) => {
    const times = []
    const cpus = []
    let rssMb = 0
    for (let round = 0; round < ROUNDS + 3; round++) {
      await new Promise((resolve) => setTimeout(resolve, 60))
      await lap()
      const all = expectMessages(SUBSCRIBERS * events)
      const begin = performance.now()
      child.send({ publish: events })
      await all
      const ms = performance.now() - begin
      const { cpuMs, rssMb: rss } = await lap()
      rssMb = Math.max(rssMb, rss)
      // The first rounds warm up.
      if (round >= 3) (times.push(ms), cpus.push(cpuMs))
    }
    return { ms: median(times), cpuMs: median(cpus), rssMb }
  }
  const result = { one: await run(1), burst: await run(BURST) }
  for (const socket of sockets) socket.terminate()
  child.disconnect()
  await new Promise((resolve) => child.once('exit', resolve))
  return result
}

const peer = await measure('graphql-ws')
const own = await measure('trunkline')
const line = (name, { ms, cpuMs, rssMb }) =>
  `  ${name.padEnd(12)} ${ms.toFixed(1).padStart(8)} ms to the last ${cpuMs.toFixed(1).padStart(8)} ms CPU ${rssMb.toFixed(0).padStart(6)} MB\n`
const ratio = (a, b) => `${(a / b).toFixed(1)} ×`
let text = `Live push to ${SUBSCRIBERS} subscribers (medians of ${ROUNDS} rounds)\n`
for (const [name, key] of [
  ['one event', 'one'],
  [`burst of ${BURST} events`, 'burst'],
]) {
  text += ` ${name}\n${line('graphql-ws', peer[key])}${line('trunkline', own[key])}`
  text += `  less time ${ratio(peer[key].ms, own[key].ms)}, less CPU ${ratio(peer[key].cpuMs, own[key].cpuMs)}\n`
}
process.stdout.write(text)
