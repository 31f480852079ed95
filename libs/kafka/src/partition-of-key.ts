/**
 * Partition of a key as the Java client chooses it (`BuiltInPartitioner.partitionForKey`): murmur2 of the key's UTF-8
 * bytes without the sign, modulo the number of partitions. Changing it would tear the order of a key apart.
 */
export function partitionOfKey(key: string, partitions: number): number {
  if (partitions === 1) return 0
  return (murmur2(Buffer.from(key)) & 0x7fffffff) % partitions
}

/** MurmurHash2, 32 bits, with Kafka's seed (`Utils.murmur2`); signed. */
export function murmur2(bytes: Uint8Array): number {
  const multiplier = 0x5bd1e995
  const { length } = bytes
  let hash = 0x9747b28c ^ length
  let at = 0
  for (; at + 4 <= length; at += 4) {
    let part = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    part = Math.imul(part, multiplier)
    part = Math.imul(part ^ (part >>> 24), multiplier)
    hash = Math.imul(hash, multiplier) ^ part
  }
  const rest = length - at
  if (rest === 3) hash ^= bytes[at + 2]! << 16
  if (rest >= 2) hash ^= bytes[at + 1]! << 8
  if (rest >= 1) hash = Math.imul(hash ^ bytes[at]!, multiplier)
  hash = Math.imul(hash ^ (hash >>> 13), multiplier)
  return hash ^ (hash >>> 15)
}
