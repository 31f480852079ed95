import { sectionDocument } from '../document.js'
import type { AppData } from '../xml/app-data.js'
import { element, type Element } from '../xml/element.js'

export function action(application: string, data?: AppData | string): Element {
  return element('action', { application, data })
}

/** A dialplan for one call alone: whoever dialled what is known, so there is no condition. */
export function dialplanDocument(context: string, name: string, actions: readonly Element[]): string {
  const condition = element('condition', {}, actions)
  const extension = element('extension', { name }, [condition])
  return sectionDocument('dialplan', element('context', { name: context }, [extension]))
}
