import type { ChannelRow } from './channel-row.js'
import { listingJson, listingText } from './show-channels.js'
import { strftime } from './strftime.js'

/** What API commands ask about. Text is latin1, one character a byte. */
export interface ApiSubject {
  readonly hostname: string
  readonly coreUuid: string
  readonly channelsCreated: number
  readonly uptimeMs: number
  readonly version: string
  exists(uuid: string): boolean
  /** The rows to list, or a whole answer that stands in their place. */
  listing(): readonly ChannelRow[] | string
}

/** Answers one `api` command. An unknown one gets FreeSWITCH's `-ERR … Command not found!`. */
export function runApi(line: string, subject: ApiSubject): string {
  const [name = '', ...words] = line.split(/\s+/)
  const argument = line.slice(name.length).trim()
  switch (name) {
    case 'show':
      return show(words, subject)
    case 'uuid_exists':
      return String(subject.exists(argument))
    case 'status':
      return status(subject)
    case 'uptime':
      return `${uptime(argument, subject.uptimeMs)}\n`
    case 'version':
      return `FreeSWITCH Version ${subject.version}~64bit ( 64bit)\n`
    case 'hostname':
      return subject.hostname
    case 'strepoch':
      return String(Math.floor((argument === '' ? Date.now() : Date.parse(`${argument}Z`)) / 1000))
    case 'strftime':
      return strftime(argument === '' ? '%Y-%m-%d %T' : argument, new Date())
    case 'global_getvar':
      return globalVariable(argument, subject)
    case 'echo':
      return argument
    default:
      return `-ERR ${name} Command not found!\n`
  }
}

function show([what, ...how]: readonly string[], subject: ApiSubject): string {
  if (what !== 'channels') return `-ERR show ${what ?? ''} is not simulated\n`
  const listing = subject.listing()
  if (typeof listing === 'string') return listing
  const json = how.join(' ').endsWith('as json')
  if (how[0] === 'count') return json ? JSON.stringify({ row_count: listing.length }) : `\n${listing.length} total.\n`
  return json ? listingJson(listing) : listingText(listing)
}

function uptime(unit: string, ms: number): number {
  const units: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
  return Math.floor(ms / (units[unit] ?? 1000))
}

/** `0 years, 0 days, 0 hours, 0 minutes, 12 seconds, 355 milliseconds, 93 microseconds`. */
export function uptimeText(ms: number): string {
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(ms / 31_536_000_000), 'year'],
    [Math.floor(ms / 86_400_000) % 365, 'day'],
    [Math.floor(ms / 3_600_000) % 24, 'hour'],
    [Math.floor(ms / 60_000) % 60, 'minute'],
    [Math.floor(ms / 1000) % 60, 'second'],
    [Math.floor(ms) % 1000, 'millisecond'],
    [Math.floor(ms * 1000) % 1000, 'microsecond'],
  ]
  return parts.map(([count, unit]) => `${count} ${unit}${count === 1 ? '' : 's'}`).join(', ')
}

function status(subject: ApiSubject): string {
  return [
    `UP ${uptimeText(subject.uptimeMs)}`,
    `FreeSWITCH (Version ${subject.version}  64bit) is ready`,
    `${subject.channelsCreated} session(s) since startup`,
    `${Array.isArray(subject.listing()) ? subject.listing().length : 0} session(s) - peak ${subject.channelsCreated}, last 5min 0 `,
    '0 session(s) per Sec out of max 200, peak 0, last 5min 0 ',
    '1000 session(s) max',
    'min idle cpu 0.00/90.00',
    'Current Stack Size/Max 240K/8192K',
    '',
  ].join('\n')
}

function globalVariable(name: string, subject: ApiSubject): string {
  const variables: Readonly<Record<string, string>> = {
    core_uuid: subject.coreUuid,
    hostname: subject.hostname,
    domain: 'sip.example.test',
  }
  return variables[name] ?? ''
}
