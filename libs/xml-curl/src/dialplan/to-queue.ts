import type { Thing, Things } from '@trunkline/provisioning-views'
import { atName } from '../names.js'
import { appData } from '../xml/app-data.js'
import type { Element } from '../xml/element.js'
import { action } from './extension.js'
import { nameToDial, transferTo } from './target-route.js'

/** Whoever was not served in time goes on to the overflow; who was served hangs up with the agent. */
export async function queueActions(things: Things, queue: Thing<'call_queue'>, context: string): Promise<Element[]> {
  const { number, settings } = queue.document
  const overflow = settings.overflow === null ? undefined : await nameToDial(things, queue.tenant, settings.overflow)
  return [
    action('answer'),
    action('set', appData`trunkline_ring_seconds=${settings.ringSeconds}`),
    action('set', 'hangup_after_bridge=true'),
    action('callcenter', appData`${atName({ number, tenant: queue.tenant })}`),
    overflow === undefined ? action('hangup') : action('transfer', transferTo(overflow, context)),
  ]
}
