import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below those that systems give to clients: one that is free now is not taken by a stranger's connection a moment later. */
const [FIRST, LAST] = [12_000, 31_999]

/** A port that is free for TCP and UDP just now, on every address: SIPp takes all of them. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + randomInt(LAST - FIRST + 1)
    const server = createServer()
    const socket = createSocket('udp4')
    try {
      server.listen(port, '0.0.0.0')
      await once(server, 'listening')
      socket.bind(port, '0.0.0.0')
      await once(socket, 'listening')
      return port
    } catch {
      // taken
    } finally {
      socket.close()
      if (server.listening) {
        server.close()
        await once(server, 'close')
      }
    }
  }
}
