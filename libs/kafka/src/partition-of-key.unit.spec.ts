import { describe, expect, it } from '@jest/globals'
import { murmur2, partitionOfKey } from './partition-of-key.js'

describe('the partition of a key', () => {
  it('hashes as the Java client does (values of its UtilsTest)', () => {
    const known: [string, number][] = [
      ['21', -973932308],
      ['foobar', -790332482],
      ['a-little-bit-long-string', -985981536],
      ['a-little-bit-longer-string', -1486304829],
      ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
      ['abc', 479470107],
    ]
    for (const [key, hash] of known) expect([key, murmur2(Buffer.from(key))]).toEqual([key, hash])
  })

  it('lies within the partitions, for keys of any letters', () => {
    for (const key of ['', 'pbx1', '1001@example.org', 'é𝕏', '\0', 'x'.repeat(1000)]) {
      const partition = partitionOfKey(key, 12)
      expect(partition).toBeGreaterThanOrEqual(0)
      expect(partition).toBeLessThan(12)
      expect(partitionOfKey(key, 1)).toBe(0)
    }
  })
})
