// Event Socket in: events a second from bytes to facts, in memory and over TCP, against modesl and against the limit
// that decoding and JSON.parse alone set.
import { createServer } from 'node:net'
import { createRequire } from 'node:module'
import { connectEsl, decodeJsonEvent, EslFramer, translate } from '@trunkline/esl'
import { alternate, eventBodies, frame, print } from './common.mjs'

const require = createRequire(import.meta.url)
const bodies = eventBodies(['ff-20-concurrent', 'o-attended-transfer', 'x-queue-answered'])
const stream = Buffer.concat(bodies.map(frame))
const CHUNK = 65_536

const memory = await alternate({
  'bare decode + JSON.parse (limit)': () => timed(() => bodies.forEach((body) => JSON.parse(body.toString('utf8')))),
  'our codec': () =>
    timed(() => {
      let events = 0
      const framer = new EslFramer({ onFrame: (one) => decodeJsonEvent(one.body) && events++ })
      for (let at = 0; at < stream.length; at += CHUNK) framer.push(stream.subarray(at, at + CHUNK))
      if (events !== bodies.length) throw new Error(`${events} of ${bodies.length} events`)
    }),
  'our codec + translation into facts': () =>
    timed(() => {
      const framer = new EslFramer({ onFrame: (one) => translate(decodeJsonEvent(one.body), 'pbx1') })
      for (let at = 0; at < stream.length; at += CHUNK) framer.push(stream.subarray(at, at + CHUNK))
    }),
  'modesl parser': () =>
    timed(() => {
      const { Parser } = require('modesl')
      const { EventEmitter } = require('node:events')
      const socket = new EventEmitter()
      const parser = new Parser(socket)
      let events = 0
      parser.on('esl::event', () => events++)
      parser.on('error', () => undefined)
      for (let at = 0; at < stream.length; at += CHUNK) socket.emit('data', stream.subarray(at, at + CHUNK))
      if (events < bodies.length * 0.9) throw new Error(`modesl: ${events} of ${bodies.length} events`)
    }),
})
report(
  `Event Socket in, from memory: ${bodies.length} captured events of ${Math.round(stream.length / bodies.length)} bytes`,
  memory,
)

const tcp = await alternate({
  'modesl over TCP': () => overTcp(viaModesl),
  'our client over TCP': () => overTcp(viaOurs),
  'our client + translation over TCP': () => overTcp((port, done) => viaOurs(port, done, true)),
})
report('Event Socket in, over loopback TCP', tcp)

function report(title, rates) {
  const base = Object.values(rates)[0]
  print(
    title,
    Object.entries(rates).map(([name, rate]) => [name, rate, rate / base]),
  )
}

function timed(work) {
  const start = performance.now()
  work()
  return (bodies.length / (performance.now() - start)) * 1000
}

/** A server that logs anybody in and then sends the stream as fast as the socket takes it. */
async function overTcp(client) {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.write('Content-Type: auth/request\n\n')
    socket.on('data', (data) => {
      for (const command of data
        .toString()
        .split('\n\n')
        .filter((one) => one !== '')) {
        socket.write('Content-Type: command/reply\nReply-Text: +OK accepted\n\n')
        if (command.includes('event json ALL')) socket.write(stream)
      }
    })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const took = await new Promise((resolve, reject) => client(server.address().port, resolve).catch?.(reject))
  await new Promise((resolve) => server.close(resolve))
  return (bodies.length / took) * 1000
}

async function viaOurs(port, done, translating = false) {
  let events = 0
  let start
  const connection = await connectEsl(
    { host: '127.0.0.1', port, user: '', password: 'x' },
    {
      onEvent: (event) => {
        if (translating) translate(event, 'pbx1')
        if (++events < bodies.length) return
        connection.close()
        done(performance.now() - start)
      },
    },
  )
  start = performance.now()
  await connection.subscribe(['ALL'])
}

async function viaModesl(port, done) {
  const { Connection } = require('modesl')
  let events = 0
  let start
  const connection = new Connection('127.0.0.1', port, 'x', () => {
    start = performance.now()
    connection.sendRecv('event json ALL')
  })
  connection.on('error', () => undefined)
  // it names events by type and channel: every name counts that is no reply
  connection.onAny(function () {
    if (!/^esl::event::[A-Z]/.test(this.event) || ++events < bodies.length) return
    connection.disconnect()
    done(performance.now() - start)
  })
}
