import type { FetchedPartition } from './kafka-client.js'
import { decodeBatches } from './record-batch.js'

/** Reads the answer to Fetch version 12 (https://kafka.apache.org/protocol#The_Messages_Fetch) from one flat buffer. */
export function parseFetchResponse(buffer: Buffer): { errorCode: number; partitions: FetchedPartition[] } {
  const errorCode = buffer.readInt16BE(4)
  const partitions: FetchedPartition[] = []
  let at = 10 // throttle time, error, session

  const unsigned = () => {
    let value = 0
    for (let factor = 1; ; factor *= 128) {
      const byte = buffer[at++]!
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
    }
  }
  const skipTags = () => {
    for (let tags = unsigned(); tags > 0; tags--) {
      unsigned()
      const length = unsigned()
      at += length
    }
  }

  for (let topics = unsigned() - 1; topics > 0; topics--) {
    const length = unsigned() - 1
    const topic = buffer.toString('utf8', at, at + length)
    at += length
    for (let left = unsigned() - 1; left > 0; left--) {
      const partition = buffer.readInt32BE(at)
      const code = buffer.readInt16BE(at + 4)
      const highWatermark = Number(buffer.readBigInt64BE(at + 6))
      at += 30 // up to the aborted transactions
      for (let aborted = unsigned() - 1; aborted > 0; aborted--) {
        at += 16
        skipTags()
      }
      at += 4 // preferred replica
      const size = Math.max(0, unsigned() - 1)
      const batches = decodeBatches(buffer.subarray(at, at + size))
      at += size
      skipTags()
      partitions.push({ topic, partition, errorCode: code, highWatermark, ...batches })
    }
    skipTags()
  }
  return { errorCode, partitions }
}
