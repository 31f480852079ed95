import { registerEnumType } from '@nestjs/graphql'
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
import { THING_KINDS } from '@trunkline/provisioning-views'

/** Values as the domain writes them; GraphQL names hold no hyphens. Mutations take the same types, by their names. */
function words<const T extends string>(name: string, description: string, values: readonly T[]): Record<string, T> {
  const object = Object.fromEntries(values.map((value) => [value.replaceAll('-', '_'), value]))
  registerEnumType(object, { name, description })
  return object
}

export const ThingKindEnum = words('ThingKind', 'What is provisioned', THING_KINDS)
export const ThingStatusEnum = words(
  'ThingStatus',
  'active: as it should be; suspended: a suspended user, a trunk that is not active; removed: gone',
  ['active', 'suspended', 'removed'],
)
export const ProvisioningStateEnum = words(
  'ProvisioningState',
  'pending: to be applied; applied: the target has it; failed: tried in vain, and tried again',
  ['pending', 'applied', 'failed'],
)
export const SuspendReasonEnum = words('SuspendReason', 'Why a user is suspended', SUSPEND_REASONS)
export const BlockReasonEnum = words('BlockReason', 'Why a caller is blocked', BLOCK_REASONS)
export const CallerMatchEnum = words('CallerMatch', 'The whole number, or how it begins', CALLER_MATCHES)
export const TrunkTransportEnum = words('TrunkTransport', 'How SIP travels', TRANSPORTS)
export const CodecEnum = words('Codec', 'Codecs of audio', CODECS)
export const QueueStrategyEnum = words('QueueStrategy', 'Whom a queue rings (mod_callcenter)', QUEUE_STRATEGIES)
export const ConferenceRecordingEnum = words('ConferenceRecording', 'When a conference is recorded', [
  'never',
  'always',
  'on_command',
])
export const TargetKindEnum = words('TargetKind', 'What a call is sent to; dial: what a name leads to', [
  ...TARGET_KINDS,
  'dial',
])
export const AliasTargetKindEnum = words('AliasTargetKind', 'Where a pattern of names leads', [
  ...TARGET_KINDS,
  'dial',
  'freeswitch',
])
export const MenuActionKindEnum = words('MenuActionKind', 'What a menu does', [...TARGET_KINDS, 'dial', ...MENU_MOVES])
export const RouteKindEnum = words('RouteKind', 'alias: pattern of names; local: users; external: prefix to trunks', [
  'alias',
  'local',
  'external',
])
