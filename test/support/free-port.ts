import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Below the ports that the system gives out itself: between the choice and the start of a server, and while it is down, none
 * of these becomes somebody's by chance. Each worker of Jest has its own.
 */
const FIRST = 10_000
const OF_WORKER = 1300
const WORKERS = 16
const first = FIRST + (Number(process.env['JEST_WORKER_ID'] ?? 0) % WORKERS) * OF_WORKER
const given = new Set<number>()

/** A port that this process has not been given yet, free for TCP and UDP on every address: SIPp takes all of them. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = first + Math.floor(Math.random() * OF_WORKER)
    if (given.has(port) || !(await isFree(port))) continue
    given.add(port)
    return port
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  const socket = createSocket('udp4')
  try {
    server.listen(port, '0.0.0.0')
    await once(server, 'listening')
    socket.bind(port, '0.0.0.0')
    await once(socket, 'listening')
    return true
  } catch {
    return false
  } finally {
    socket.close()
    if (server.listening) {
      server.close()
      await once(server, 'close')
    }
  }
}
