/**
 * A record of mod_json_cdr as a fact: backstop evidence of a leg whose events nobody heard. Values of `variables` are
 * percent-encoded, and a file may hold invalid UTF-8 where a caller sent it.
 */
import type { ChannelData, Fact } from '@trunkline/domain'
import { KEPT_VARIABLES } from './kept-variables.js'

interface CdrFile {
  readonly 'core-uuid'?: unknown
  readonly channel_data?: { readonly direction?: unknown }
  readonly variables?: Readonly<Record<string, unknown>>
  readonly callflow?: unknown
}

interface Flow {
  readonly caller_profile?: Readonly<Record<string, unknown>>
  readonly times?: Readonly<Record<string, unknown>>
}

/** Undefined when the text is no record of mod_json_cdr, or not yet a whole one. */
export function translateCdr(json: string, switchName: string): Fact | undefined {
  const file = parse(json)
  const variables = file?.variables
  const core = text(file?.['core-uuid'])
  const channel = text(variables?.['uuid'])
  if (file === undefined || variables === undefined || core === undefined || channel === undefined) return undefined
  // the first profile is the newest; the caller's numbers are those of the oldest
  const flows = (Array.isArray(file.callflow) ? file.callflow : []) as Flow[]
  const oldest = flows.at(-1)?.caller_profile
  const times = timesOf(flows)
  const time = times['hangup'] ?? micros(variables['end_uepoch']) ?? times['created']
  if (time === undefined) return undefined
  const direction = text(file.channel_data?.direction) ?? text(variables['direction'])
  const data: ChannelData = {
    core,
    seq: 0,
    channel,
    direction: direction === 'inbound' || direction === 'outbound' ? direction : undefined,
    name: text(oldest?.['chan_name']),
    callerNumber: text(oldest?.['caller_id_number']),
    callerName: text(oldest?.['caller_id_name']),
    destination: text(oldest?.['destination_number']),
    username: text(oldest?.['username']),
    rdnis: text(oldest?.['rdnis']),
    context: text(oldest?.['context']),
    networkAddress: text(oldest?.['network_addr']),
    presenceId: decoded(variables['presence_id']),
    cause: text(variables['hangup_cause']),
    codec: decoded(variables['read_codec']),
    times,
    vars: keptVariables(variables),
  }
  return { id: `cdr/${core}/${channel}`, type: 'channel.recorded', version: 1, key: switchName, time, data }
}

function parse(json: string): CdrFile | undefined {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null ? (value as CdrFile) : undefined
  } catch {
    return undefined
  }
}

const TIMES = {
  created: 'created_time',
  progress: 'progress_time',
  progressMedia: 'progress_media_time',
  answered: 'answered_time',
  bridged: 'bridged_time',
  hangup: 'hangup_time',
} as const

function timesOf(flows: readonly Flow[]): Record<string, number> {
  const times: Record<string, number> = {}
  for (const [name, field] of Object.entries(TIMES)) {
    const values = flows.flatMap((flow) => micros(flow.times?.[field]) ?? [])
    if (values.length > 0) times[name] = Math.min(...values)
  }
  return times
}

function micros(value: unknown): number | undefined {
  const number = Number(value)
  return Number.isSafeInteger(number) && number > 0 ? number : undefined
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** Percent-decoded; what is no valid encoding stays as it is. */
function decoded(value: unknown): string | undefined {
  const encoded = text(value)
  if (encoded === undefined || !encoded.includes('%')) return encoded
  try {
    return decodeURIComponent(encoded)
  } catch {
    return encoded
  }
}

function keptVariables(variables: Readonly<Record<string, unknown>>): Record<string, string | readonly string[]> {
  const kept: Record<string, string | readonly string[]> = {}
  for (const name of KEPT_VARIABLES) {
    const value = variables[name]
    if (Array.isArray(value)) kept[name] = value.flatMap((one) => decoded(one) ?? [])
    else {
      const one = decoded(value)
      if (one !== undefined) kept[name] = one
    }
  }
  return kept
}
