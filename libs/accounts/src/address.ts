import { isIP } from 'node:net'

/**
 * The address that counts: an IPv4 address as it is, also when it comes mapped into IPv6 (RFC 4291, 2.5.5.2), and of an
 * IPv6 address the network of 64 bits, since whoever has one has all of these. `unknown` for anything else.
 */
export function countedAddress(address: string): string {
  const text = address.split('%')[0]!.toLowerCase()
  if (isIP(text) === 4) return text
  if (isIP(text) !== 6) return 'unknown'
  const groups = groupsOf(text)
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
  if (isMapped) return [groups[6]! >> 8, groups[6]! & 255, groups[7]! >> 8, groups[7]! & 255].join('.')
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`
}

/** Eight numbers of 16 bits. The parser of URLs brings dotted ends into this form, and writes groups without zeros. */
function groupsOf(address: string): number[] {
  const plain = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [head = '', tail] = plain.split('::')
  const read = (part: string) => (part === '' ? [] : part.split(':').map((group) => parseInt(group, 16)))
  const [before, after] = [read(head), read(tail ?? '')]
  return tail === undefined ? before : [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after]
}
