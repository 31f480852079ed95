/**
 * Deals partitions 0 to `count - 1` to the members of a group: each gets its share, the shares differ by one at most, and
 * members keep what they have as far as that goes. The same for the same input, whatever the order of the members.
 */
export function dealPartitions(count: number, owned: ReadonlyMap<string, readonly number[]>): Map<string, number[]> {
  const members = [...owned.keys()].sort()
  const free = new Set(Array.from({ length: count }, (_, partition) => partition))
  const share = Math.floor(count / members.length)
  let larger = count % members.length
  const dealt = new Map<string, number[]>()
  // Those who have most are the ones that may keep one more than the others.
  for (const member of members.toSorted((a, b) => owned.get(b)!.length - owned.get(a)!.length)) {
    const kept: number[] = []
    const most = larger > 0 ? share + 1 : share
    for (const partition of owned.get(member)!) if (kept.length < most && free.delete(partition)) kept.push(partition)
    if (kept.length > share) larger -= 1
    dealt.set(member, kept)
  }
  const rest = [...free]
  for (const member of members) {
    const partitions = dealt.get(member)!
    while (partitions.length < share) partitions.push(rest.shift()!)
  }
  for (const member of members) {
    if (rest.length === 0) break
    const partitions = dealt.get(member)!
    if (partitions.length === share) partitions.push(rest.shift()!)
  }
  for (const partitions of dealt.values()) partitions.sort((a, b) => a - b)
  return dealt
}
