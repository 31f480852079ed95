import { sectionDocument } from '../document.js'
import type { AppData } from '../xml/app-data.js'
import { element, type Element } from '../xml/element.js'

export function action(application: string, data?: AppData | string): Element {
  return element('action', { application, data })
}

/** What is done in any case. */
export const always = (actions: readonly Element[]): Element => element('condition', {}, actions)

/** What is done when a text that FreeSWITCH expands matches, and what when it does not. */
export function choose(
  { field, expression }: { readonly field: AppData; readonly expression: string },
  actions: readonly Element[],
  otherwise: readonly Element[],
): Element {
  const anti = otherwise.map((one) => ({ ...one, name: 'anti-action' }))
  return element('condition', { field, expression }, [...actions, ...anti])
}

/** A dialplan for one call alone: whoever dialled what is known, so no condition asks for it. */
export function dialplanDocument(context: string, name: string, conditions: readonly Element[]): string {
  const extension = element('extension', { name }, conditions)
  return sectionDocument('dialplan', element('context', { name: context }, [extension]))
}
