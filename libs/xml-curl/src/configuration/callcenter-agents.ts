import type { Thing } from '@trunkline/provisioning-views'
import { toPhones } from '../globals.js'
import { atName } from '../names.js'
import { AppData, appData } from '../xml/app-data.js'
import { element, type Element } from '../xml/element.js'

export interface Agent {
  readonly user: Thing<'sip_user'>
  readonly serves: readonly Thing<'call_queue'>[]
}

/** Set by the dialplan on the caller, so that one agent rings as long as each queue wants. */
const RING_SECONDS = new AppData('${trunkline_ring_seconds}')

/**
 * A person is one agent, whatever number of queues they serve, so that nobody is rung for two callers at once. Nobody is
 * put on break for not answering: no way back is offered.
 */
export function agentElement({ user, serves }: Agent): Element {
  const { username } = user.document
  return element('agent', {
    name: agentName(user),
    type: 'callback',
    contact: toPhones(user.tenant, username, appData`leg_timeout=${RING_SECONDS},`),
    status: 'Available',
    'max-no-answer': 0,
    'wrap-up-time': Math.max(...serves.map(({ document }) => document.settings.wrapUpSeconds)),
    'reject-delay-time': 10,
    'busy-delay-time': 30,
    'no-answer-delay-time': 5,
  })
}

/** Level 0 is rung at once, level n after n times the wait of the queue. */
export function tierElement(user: Thing<'sip_user'>, { tenant, document }: Thing<'call_queue'>): Element {
  const { tier, position } = document.agents.find(({ userId }) => userId === user.id)!
  const queue = atName({ number: document.number, tenant })
  return element('tier', { agent: agentName(user), queue, level: tier - 1, position })
}

const agentName = ({ document, tenant }: Thing<'sip_user'>) => atName({ number: document.username, tenant })
