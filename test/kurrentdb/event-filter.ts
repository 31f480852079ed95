import type { RecordedEvent } from './database.js'
import type { Messages } from './protocol.js'
import { invalidArgument } from './statuses.js'

type Options = InstanceType<Messages['ReadReq']['Options']>

export interface EventFilter {
  matches(event: RecordedEvent): boolean
  /** Events that are looked at before a checkpoint is due. */
  readonly checkpointInterval: number
}

/** Window of a search when the request names none, as in the real server. */
const DEFAULT_WINDOW = 32

/** The filter of a request: a regular expression or prefixes, on names of streams or types of events. */
export function toFilter(options: Options): EventFilter | undefined {
  const filter = options.getFilter()
  if (filter === undefined) return undefined
  const onStream = filter.hasStreamIdentifier()
  const expression = onStream ? filter.getStreamIdentifier() : filter.getEventType()
  if (expression === undefined) throw invalidArgument('a filter names streams or types')
  const text = (event: RecordedEvent) => (onStream ? event.stream : event.type)
  const regex = expression.getRegex()
  const prefixes = expression.getPrefixList()
  const pattern = new RegExp(regex, 'u')
  const matches = (event: RecordedEvent) =>
    regex === '' ? prefixes.some((prefix) => text(event).startsWith(prefix)) : pattern.test(text(event))
  const window = filter.hasMax() ? filter.getMax() : DEFAULT_WINDOW
  return { matches, checkpointInterval: window * filter.getCheckpointintervalmultiplier() }
}
