import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'

/** A port that is free on this address for TCP and UDP just now. */
export async function freePort(address = '127.0.0.1'): Promise<number> {
  for (;;) {
    const server = createServer().listen(0, address)
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const socket = createSocket('udp4')
    try {
      socket.bind(port, address)
      await once(socket, 'listening')
      return port
    } catch {
      // taken by another UDP socket
    } finally {
      socket.close()
      server.close()
      await once(server, 'close')
    }
  }
}
