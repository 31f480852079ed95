/**
 * Partition of a key: 32-bit FNV-1a over the key's UTF-16 code units, modulo the number of partitions.
 * Part of the file format: changing it would tear the order of a key apart.
 */
export function partitionOfKey(key: string, partitions: number): number {
  if (partitions === 1) return 0
  let hash = 0x811c9dc5
  for (let index = 0; index < key.length; index++) {
    hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193)
  }
  return (hash >>> 0) % partitions
}
