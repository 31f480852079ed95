import type { Fault } from '../core/provisioning-error.js'

export interface IpAddress {
  readonly family: 4 | 6
  readonly bits: bigint
}

/** An IPv4 address in four decimal parts, or IPv6 in lower or upper case without zone or embedded IPv4; else null. */
export function parseIp(text: string): IpAddress | null {
  return text.includes(':') ? parseIp6(text) : parseIp4(text)
}

function parseIp4(text: string): IpAddress | null {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part) && Number(part) < 256))
    return null
  return { family: 4, bits: parts.reduce((bits, part) => bits * 256n + BigInt(part), 0n) }
}

function parseIp6(text: string): IpAddress | null {
  const halves = text.split('::')
  if (halves.length > 2) return null
  const [left, right] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const given = [...left!, ...(right ?? [])]
  if (!given.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return null
  const missing = 8 - given.length
  if (right === undefined ? missing !== 0 : missing < 1) return null
  const groups = [...left!, ...Array<string>(missing).fill('0'), ...(right ?? [])]
  return { family: 6, bits: groups.reduce((bits, group) => bits * 65_536n + BigInt(`0x${group}`), 0n) }
}

export interface Network extends IpAddress {
  readonly mask: number
}

/** `address/mask`, or an address alone for one host; null when it is neither. */
export function parseNetwork(text: string): Network | null {
  const [, host, mask] = /^([^/]+)(?:\/([0-9]{1,3}))?$/.exec(text) ?? []
  const ip = host === undefined ? null : parseIp(host)
  if (ip === null) return null
  const width = ip.family === 4 ? 32 : 128
  const length = mask === undefined ? width : Number(mask)
  return length > width ? null : { ...ip, mask: length }
}

/** The same network always gives the same text. */
export function networkKey({ family, bits, mask }: Network): string {
  return `${family}:${bits.toString(16)}/${mask}`
}

/**
 * A network that may be trusted. So wide a network that it holds strangers is refused: at least /8 for IPv4 and /32
 * for IPv6 (what a registry gives to one provider). Bits behind the mask must be 0: they are a typing error otherwise.
 */
export function validateNetwork(field: string, value: string): Fault[] {
  const network = parseNetwork(String(value))
  if (network === null) return [{ field, rule: 'must be an IP address or address/mask' }]
  const { family, bits, mask } = network
  const narrowest = family === 4 ? 8 : 32
  if (mask < narrowest) return [{ field, rule: `must not be wider than /${narrowest}` }]
  const free = BigInt((family === 4 ? 32 : 128) - mask)
  if ((bits >> free) << free !== bits) return [{ field, rule: 'must have no bits set behind the mask' }]
  return []
}
