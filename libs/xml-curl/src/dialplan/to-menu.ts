import type { Thing } from '@trunkline/provisioning-views'
import { hyphenName } from '../names.js'
import { appData } from '../xml/app-data.js'
import type { Element } from '../xml/element.js'
import { action } from './extension.js'

/** `menus` are those that the caller can get to from this one, it among them. */
export function menuActions(
  tenant: string,
  menus: ReadonlyMap<string, Thing<'ivr_menu'>>,
  { document: { number } }: Thing<'ivr_menu'>,
): Element[] {
  return [
    action('answer'),
    action('set', appData`trunkline_menu=${number}`),
    action('set', appData`ivr_menu_terminator=${asksForHash(menus) ? 'none' : '#'}`),
    action('ivr', appData`${hyphenName({ number, tenant })}`),
    action('hangup'),
  ]
}

/** FreeSWITCH takes # for the end of what is dialled, so that no entry would ever get it, unless it is told otherwise. */
function asksForHash(menus: ReadonlyMap<string, Thing<'ivr_menu'>>): boolean {
  return [...menus.values()].some(({ document }) =>
    document.settings.entries.some(({ digits }) => digits.includes('#')),
  )
}
