import type { Fault } from '../core/provisioning-error.js'
import { parseIp } from './ip.js'

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

function isHostName(value: string): boolean {
  const labels = value.split('.')
  return labels.every((label) => LABEL.test(label)) && !/^[0-9]+$/.test(labels.at(-1)!)
}

/**
 * SIP domain of a tenant: host name or IPv4 address in lower case, since domains are compared without regard to case
 * (RFC 3261, 19.1.4). 64 is the width of Kamailio's `subscriber.domain`.
 */
export function validateDomain(field: string, value: string): Fault[] {
  const text = String(value)
  if (text.length <= 64 && (isHostName(text) || parseIp(text)?.family === 4)) return []
  return [{ field, rule: 'must be a domain of at most 64 characters in lower case, or an IPv4 address' }]
}

/** Host of a trunk: name, IPv4, or IPv6 without brackets; `max` characters. */
export function validateHost(field: string, value: string, max = 128): Fault[] {
  const text = String(value)
  if (text.length <= max && (isHostName(text) || parseIp(text) !== null)) return []
  return [{ field, rule: `must be a host name in lower case or an IP address, at most ${max} characters` }]
}

export function validatePort(field: string, value: number): Fault[] {
  if (Number.isInteger(value) && value >= 1 && value <= 65_535) return []
  return [{ field, rule: 'must be a port from 1 to 65535' }]
}
