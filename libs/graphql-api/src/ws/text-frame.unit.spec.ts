import { PassThrough } from 'node:stream'
import { describe, expect, it } from '@jest/globals'
import { FrameQueue } from './frame-queue.js'

/** Reads unmasked frames as RFC 6455 says. */
function frames(bytes: Buffer): string[] {
  const all: string[] = []
  for (let at = 0; at < bytes.length;) {
    expect(bytes[at]).toBe(0x81)
    let length = bytes[at + 1]!
    at += 2
    if (length === 126) ((length = bytes.readUInt16BE(at)), (at += 2))
    else if (length === 127) ((length = Number(bytes.readBigUInt64BE(at))), (at += 8))
    all.push(bytes.toString('utf8', at, (at += length)))
  }
  return all
}

describe('what is queued for a socket in one turn', () => {
  it('goes out as one write, each message a frame of the right length', async () => {
    const socket = new PassThrough({ highWaterMark: 1e9 })
    const writes: Buffer[] = []
    socket.on('data', (chunk: Buffer) => writes.push(chunk))
    const queue = new FrameQueue(socket)
    const texts = [0, 1, 124, 125, 126, 127, 65_535, 65_536, 200_000].map(
      (length) => 'ü'.repeat(length / 2) + 'x'.repeat(length % 2),
    )
    for (const text of texts) queue.text(text)
    const head = Buffer.from('{"id":"1","payload":')
    for (const text of texts) queue.shared(head, Buffer.from(JSON.stringify(text)))
    const bytes = queue.pending
    await new Promise((resolve) => setImmediate(resolve))
    expect(writes).toHaveLength(1)
    expect(writes[0]).toHaveLength(bytes)
    expect(frames(writes[0]!)).toEqual([
      ...texts,
      ...texts.map((text) => `{"id":"1","payload":${JSON.stringify(text)}}`),
    ])
    expect(queue.pending).toBe(0)
  })

  it('is dropped when the socket is gone', async () => {
    const socket = new PassThrough()
    const queue = new FrameQueue(socket)
    socket.destroy()
    await new Promise((resolve) => setImmediate(resolve))
    queue.text('late')
    expect(queue.pending).toBe(0)
    await queue.drained()
  })
})
