import type { Fault } from '../core/provisioning-error.js'
import { validateTarget } from '../core/target.js'
import {
  validateBoolean,
  validateId,
  validateInteger,
  validateLabel,
  validateOneOf,
  validateToken,
  type Bounds,
} from '../validation/bounds.js'
import { validateDomain } from '../validation/host.js'
import { validateExtension } from '../validation/telephone.js'
import type { CallQueueCommand } from './call-queue.commands.js'
import { QUEUE_STRATEGIES, type QueueAgent, type QueueSettings } from './call-queue.events.js'

export const AGENTS_MAX = 500
const DAY = 86_400

/** Faults of the command by itself, whatever the state. */
export function validateCallQueue(command: CallQueueCommand): Fault[] {
  const faults = [...validateId('id', command.id), ...validateId('commandId', command.commandId)]
  switch (command.type) {
    case 'CreateCallQueue':
      return [
        ...faults,
        ...validateDomain('tenant', command.tenant),
        ...validateExtension('number', command.number),
        ...validateSettings(command.settings, command.id),
      ]
    case 'UpdateCallQueue':
      return [...faults, ...validateSettings(command.settings, command.id)]
    case 'PutQueueAgent':
      return [...faults, ...validateAgent(command.agent)]
    case 'RemoveQueueAgent':
      return [...faults, ...validateId('userId', command.userId)]
    case 'RemoveCallQueue':
      return faults
  }
}

function validateSettings(settings: Partial<QueueSettings>, ownId: string): Fault[] {
  const { name, strategy, music, recording, overflow } = settings
  return [
    ...(name === undefined ? [] : validateLabel('settings.name', name)),
    ...(strategy === undefined ? [] : validateOneOf('settings.strategy', strategy, QUEUE_STRATEGIES)),
    ...(music === undefined ? [] : validateToken('settings.music', music)),
    ...(recording === undefined ? [] : validateBoolean('settings.recording', recording)),
    ...validateTimes(settings),
    ...(overflow == null ? [] : validateTarget('settings.overflow', overflow)),
    ...(overflow?.kind === 'queue' && overflow.id === ownId
      ? [{ field: 'settings.overflow', rule: 'must not be the queue itself' }]
      : []),
  ]
}

function validateTimes(settings: Partial<QueueSettings>): Fault[] {
  const bounds: readonly (readonly [keyof QueueSettings, Bounds])[] = [
    ['maxWaitSeconds', { min: 1, max: DAY }],
    ['maxWaitWithNoAgentSeconds', { min: 1, max: DAY }],
    ['ringSeconds', { min: 5, max: 300 }],
    ['wrapUpSeconds', { min: 0, max: 3_600 }],
    ['tierWaitSeconds', { min: 0, max: 3_600 }],
    ['abandonedResumeSeconds', { min: 1, max: DAY }],
  ]
  const mayBeNull = ['maxWaitSeconds', 'maxWaitWithNoAgentSeconds', 'abandonedResumeSeconds']
  return bounds.flatMap(([key, { min, max }]) => {
    const value = settings[key] as number | null | undefined
    if (value === undefined || (value === null && mayBeNull.includes(key))) return []
    return validateInteger(`settings.${key}`, value as number, { min, max })
  })
}

function validateAgent({ userId, tier, position }: QueueAgent): Fault[] {
  return [
    ...validateId('agent.userId', userId),
    ...validateInteger('agent.tier', tier, { min: 1, max: 99 }),
    ...validateInteger('agent.position', position, { min: 1, max: 999 }),
  ]
}
