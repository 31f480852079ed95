import { ROLES } from '@trunkline/access'
import { PHONE_DEVICES } from '@trunkline/command-http'
import {
  BLOCK_REASONS,
  CALLER_MATCHES,
  CODECS,
  MENU_MOVES,
  QUEUE_STRATEGIES,
  SUSPEND_REASONS,
  TARGET_KINDS,
  TRANSPORTS,
} from '@trunkline/domain'
import { DELIVERY_STATES, WEBHOOK_TYPES } from '@trunkline/webhooks'

/** What each list of words that a command takes is called in GraphQL. A list that is not here is refused when the schema is made. */
const NAMES: readonly (readonly [string, readonly string[]])[] = [
  ['PhoneDevice', PHONE_DEVICES],
  ['AccountRole', ROLES],
  ['TokenType', ['Bearer']],
  ['SuspendReason', SUSPEND_REASONS],
  ['BlockReason', BLOCK_REASONS],
  ['CallerMatch', CALLER_MATCHES],
  ['TrunkTransport', TRANSPORTS],
  ['Codec', CODECS],
  ['QueueStrategy', QUEUE_STRATEGIES],
  ['ConferenceRecording', ['never', 'always', 'on_command']],
  ['TargetKind', [...TARGET_KINDS, 'dial']],
  ['AliasTargetKind', [...TARGET_KINDS, 'dial', 'freeswitch']],
  ['MenuActionKind', [...TARGET_KINDS, 'dial', ...MENU_MOVES]],
  ['BulkJobState', ['running', 'done']],
  ['ReconciliationState', ['running', 'done', 'failed']],
  ['ReconciliationCause', ['start', 'timer', 'request', 'return']],
  ['WebhookEvent', WEBHOOK_TYPES],
  ['WebhookDeliveryState', DELIVERY_STATES],
  ['RouteKind', ['alias', 'local', 'external']],
]

const keyOf = (words: readonly string[]) => [...words].sort().join(' ')
const byWords = new Map(NAMES.map(([name, words]) => [keyOf(words), name]))

export function enumName(words: readonly string[]): string | undefined {
  return byWords.get(keyOf(words))
}
