/** Asks a switch which channels it has, and about each that was thought open and is not listed. */
import type { EslConnection } from '@trunkline/esl'
import { parseChannelList, type ListedChannel } from './channel-list.js'

/** Whoever originates may choose the id (origination_uuid): any single word that can stand in a command. */
const ASKABLE = /^[\w.:@+-]{1,255}$/
const MAX_QUESTIONS = 2000
/** Questions under way at once: a far switch is not asked one a round trip. */
const ABREAST = 50

export interface ChannelSnapshot {
  readonly channels: readonly ListedChannel[]
  /** Thought open, not listed, and denied by uuid_exists. */
  readonly absent: readonly string[]
}

/**
 * Undefined when the switch gave no list: a failed query is not an empty answer. Rejects with an EslError when the
 * connection ends meanwhile.
 */
export async function askChannels(
  connection: EslConnection,
  thoughtOpen: () => Promise<Iterable<string>>,
): Promise<ChannelSnapshot | undefined> {
  const channels = parseChannelList(await connection.api('show channels as json'))
  if (channels === undefined) return undefined
  const listed = new Set(channels.map(({ channel }) => channel))
  const asked = [...new Set(await thoughtOpen())].filter((one) => !listed.has(one) && ASKABLE.test(one))
  const absent: string[] = []
  for (let at = 0; at < Math.min(asked.length, MAX_QUESTIONS); at += ABREAST) {
    const some = asked.slice(at, at + ABREAST)
    const answers = await Promise.all(some.map((channel) => connection.api(`uuid_exists ${channel}`)))
    absent.push(...some.filter((_, index) => answers[index]!.trim() === 'false'))
  }
  return { channels, absent }
}
