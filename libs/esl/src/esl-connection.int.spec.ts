import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it } from '@jest/globals'
import { connectEsl, type EslConnectionOptions } from './esl-connection.js'
import type { EslError } from './esl-error.js'
import type { SwitchEvent } from './translate/event.js'

const OK = 'Content-Type: command/reply\nReply-Text: +OK accepted\n\n'
const answer = (body: string) => `Content-Type: api/response\nContent-Length: ${Buffer.byteLength(body)}\n\n${body}`
const event = (body: string) => `Content-Length: ${Buffer.byteLength(body)}\nContent-Type: text/event-json\n\n${body}`

/** A switch that answers whatever this thread does. */
const ANSWERING = `
  const { parentPort } = require('node:worker_threads')
  const server = require('node:net').createServer((socket) => {
    socket.on('error', () => undefined).write('Content-Type: auth/request\\n\\n')
    socket.on('data', (data) => socket.write(String(data).startsWith('auth ') ? ${JSON.stringify(OK)} : ${JSON.stringify(answer('here'))}))
  })
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))`

describe('a connection to a switch', () => {
  const servers: Server[] = []
  const sockets: Socket[] = []
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy()
    for (const server of servers.splice(0)) server.close()
  })

  /** A switch that answers each command by what `reply` says; undefined: silence. */
  async function pbx(reply: (command: string) => string | undefined, greeting = 'Content-Type: auth/request\n\n') {
    const commands: string[] = []
    const server = createServer((socket) => {
      sockets.push(socket)
      socket.on('error', () => undefined)
      socket.write(greeting)
      socket.on('data', (data) => {
        for (const command of data.toString().split('\n\n').slice(0, -1)) {
          commands.push(command)
          const text = command.startsWith('auth ') && command !== 'auth wrong' ? OK : reply(command)
          if (text !== undefined) socket.write(text)
        }
      })
    })
    servers.push(server)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return { port: (server.address() as AddressInfo).port, commands }
  }

  async function open(port: number, options: EslConnectionOptions = {}, password = 'secret') {
    const events: SwitchEvent[] = []
    const malformed: string[] = []
    const closed: EslError[] = []
    const handlers = {
      onEvent: (one: SwitchEvent) => void events.push(one),
      onMalformed: (type: string) => void malformed.push(type),
      onClose: (reason: EslError) => void closed.push(reason),
    }
    const connection = await connectEsl({ host: '127.0.0.1', port, user: '', password }, handlers, options)
    return { connection, events, malformed, closed }
  }

  it('with the wrong password is refused, by an error that does not show it', async () => {
    const { port } = await pbx(() => 'Content-Type: command/reply\nReply-Text: -ERR invalid\n\n')
    const refused = await open(port, {}, 'wrong').catch((error: EslError) => error)
    expect(refused).toMatchObject({ code: 'ESL_AUTH_REFUSED', retryable: false })
    expect(String((refused as EslError).stack)).not.toContain('auth wrong')
  })

  it('from an address that the switch does not like is told so', async () => {
    const { port } = await pbx(
      () => undefined,
      'Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n',
    )
    await expect(open(port)).rejects.toMatchObject({ code: 'ESL_ACCESS_DENIED' })
  })

  it('gives up on a switch that says nothing', async () => {
    const { port } = await pbx(() => undefined, '')
    await expect(open(port, { timeoutMs: 60 })).rejects.toMatchObject({ code: 'ESL_TIMEOUT', retryable: true })
  })

  it('can be given up while it is being made', async () => {
    const { port } = await pbx(() => undefined, '')
    await expect(open(port, { signal: AbortSignal.timeout(30) })).rejects.toMatchObject({ code: 'ESL_CLOSED' })
  })

  it('matches replies to commands in order, with events between them', async () => {
    const { port } = await pbx((command) => event('{"Event-Name":"X"}') + answer(`re ${command}`))
    const { connection, events } = await open(port)
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => connection.api(`echo ${n}`)))
    expect(answers).toEqual(Array.from({ length: 50 }, (_, n) => `re api echo ${n}`))
    expect(events).toHaveLength(50)
    connection.close()
  })

  it('takes `-ERR 100% wrong` as an answer, and refuses to subscribe on it', async () => {
    const { port } = await pbx((command) =>
      command.startsWith('api')
        ? answer('-ERR 100% wrong\n')
        : 'Content-Type: command/reply\nReply-Text: -ERR 100% wrong\n\n',
    )
    const { connection } = await open(port)
    expect(await connection.api('x')).toBe('-ERR 100% wrong\n')
    await expect(connection.subscribe(['ALL'])).rejects.toMatchObject({ code: 'ESL_COMMAND_FAILED' })
    await expect(connection.bgapi('originate x')).rejects.toMatchObject({ code: 'ESL_COMMAND_FAILED' })
    connection.close()
  })

  it('sends no command with a line break in it', async () => {
    const { port, commands } = await pbx(() => answer('ok'))
    const { connection } = await open(port)
    await expect(connection.api('status\n\napi shutdown')).rejects.toMatchObject({ code: 'ESL_UNSAFE_COMMAND' })
    await connection.api('status')
    expect(commands).toEqual(['auth secret', 'api status'])
    connection.close()
  })

  it('drops an event that is no JSON, says so, and goes on', async () => {
    const { port } = await pbx(() => event('{"a":') + event('{"Event-Name":"GOOD"}') + OK)
    const { connection, events, malformed } = await open(port)
    await connection.subscribe(['ALL'])
    expect(events).toEqual([{ 'Event-Name': 'GOOD' }])
    expect(malformed).toEqual(['text/event-json'])
    connection.close()
  })

  it('asks after silence, and leaves a switch that does not answer', async () => {
    const { port, commands } = await pbx(() => undefined)
    const { closed, connection } = await open(port, { silenceMs: 60, replyMs: 3000 })
    while (!commands.includes('api uptime')) await new Promise((resolve) => setTimeout(resolve, 5))
    await connection.ended()
    expect(closed).toMatchObject([{ code: 'ESL_TIMEOUT' }])
  })

  it('does not miss a reply that came in time, when it is too busy to read it in time', async () => {
    const worker = new Worker(ANSWERING, { eval: true })
    const [port] = (await once(worker, 'message')) as [number]
    const { connection, closed } = await open(port, { replyMs: 1500 })
    const reply = connection.api('status')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 4000)
    expect(await reply).toBe('here')
    expect(closed).toEqual([])
    connection.close()
    await worker.terminate()
  })

  it('leaves a switch that tells events without end and never replies', async () => {
    const { port } = await pbx(() => undefined)
    const { closed, connection } = await open(port, { replyMs: 1000 })
    const reply = connection.api('status')
    const socket = sockets.at(-1)!
    // always more than is read at a time
    const tell = () => {
      if (socket.destroyed) return
      while (socket.writableLength < 4_000_000) socket.write(event('{"Event-Name":"X"}').repeat(1000))
      setImmediate(tell)
    }
    tell()
    await expect(reply).rejects.toMatchObject({ code: 'ESL_TIMEOUT' })
    expect(closed).toMatchObject([{ code: 'ESL_TIMEOUT' }])
    await connection.ended()
  })

  it('cut in the middle of an event gives no half event, and rejects who waits for a reply', async () => {
    const whole = event('{"Event-Name":"X"}')
    const { port } = await pbx(() => whole + whole.slice(0, -5))
    const { connection, events, closed } = await open(port)
    const waiting = connection.api('status')
    const cut = expect(waiting).rejects.toMatchObject({ code: 'ESL_CLOSED' })
    while (events.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    for (const socket of sockets) socket.destroy()
    await cut
    expect(events).toHaveLength(1)
    expect(closed).toHaveLength(1)
    await expect(connection.api('status')).rejects.toMatchObject({ code: 'ESL_CLOSED' })
  })

  it('is ended by a body larger than allowed', async () => {
    const { port } = await pbx(() => 'Content-Type: api/response\nContent-Length: 5000\n\n')
    const { connection, closed } = await open(port, { maxBody: 1000 })
    await expect(connection.api('status')).rejects.toMatchObject({ code: 'ESL_PROTOCOL' })
    expect(closed).toHaveLength(1)
  })
})
