/**
 * The consumer group protocol (https://kafka.apache.org/protocol, "ConsumerProtocolSubscription" and
 * "ConsumerProtocolAssignment"), so that Kafka's own tools can show who reads what.
 */

/** Name of the way partitions are dealt; members agree on it. */
export const PROTOCOL = 'trunkline-sticky'
const SUBSCRIPTION_VERSION = 1
const ASSIGNMENT_VERSION = 0

/** Who a member is to its group: the topic, and what it reads already. */
export function encodeSubscription(topic: string, owned: readonly number[]): Buffer {
  const ownedPart = owned.length === 0 ? int32(0) : Buffer.concat([int32(1), topicPartitions(topic, owned)])
  return Buffer.concat([int16(SUBSCRIPTION_VERSION), int32(1), text(topic), int32(-1), ownedPart])
}

/** Partitions of the topic that a member says it has; none for what cannot be read. */
export function decodeOwned(topic: string, bytes: Buffer): number[] {
  try {
    const version = bytes.readInt16BE(0)
    if (version < 1) return []
    let at = 6
    for (let topics = bytes.readInt32BE(2); topics > 0; topics--) at += 2 + bytes.readInt16BE(at)
    at += 4 + Math.max(0, bytes.readInt32BE(at)) // user data
    return readPartitions(topic, bytes, at)
  } catch {
    return []
  }
}

export function encodeAssignment(topic: string, partitions: readonly number[]): Buffer {
  return Buffer.concat([int16(ASSIGNMENT_VERSION), int32(1), topicPartitions(topic, partitions), int32(-1)])
}

/** Partitions of the topic that the member is to read; none for what cannot be read. */
export function decodeAssignment(topic: string, bytes: Buffer): number[] {
  try {
    return readPartitions(topic, bytes, 2)
  } catch {
    return []
  }
}

function readPartitions(topic: string, bytes: Buffer, start: number): number[] {
  const found: number[] = []
  let at = start + 4
  for (let topics = bytes.readInt32BE(start); topics > 0; topics--) {
    const length = bytes.readInt16BE(at)
    const name = bytes.toString('utf8', at + 2, at + 2 + length)
    at += 2 + length
    const count = bytes.readInt32BE(at)
    at += 4
    for (let left = count; left > 0; left--, at += 4) if (name === topic) found.push(bytes.readInt32BE(at))
  }
  return found
}

function topicPartitions(topic: string, partitions: readonly number[]): Buffer {
  return Buffer.concat([text(topic), int32(partitions.length), ...partitions.map(int32)])
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([int16(bytes.length), bytes])
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
