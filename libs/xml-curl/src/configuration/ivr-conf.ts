import type { MenuAction } from '@trunkline/domain'
import type { Thing } from '@trunkline/provisioning-views'
import { nameToDial, transferTo } from '../dialplan/target-route.js'
import { fromHyphenName, hyphenName } from '../names.js'
import type { Answering } from '../parts.js'
import { fieldOf, type XmlCurlFields } from '../request.js'
import { AppData, appData } from '../xml/app-data.js'
import { element, type Element } from '../xml/element.js'

/** Menus in one document; the deepest tree that anybody would listen to has far fewer. */
const MOST_MENUS = 200

/** The menu that was asked for and all that it leads to, since FreeSWITCH builds the whole tree of one document. */
export async function ivrConf(parts: Answering, fields: XmlCurlFields): Promise<readonly Element[] | undefined> {
  const named = fromHyphenName(fieldOf(fields, 'Menu-Name'))
  const first = named === undefined ? undefined : await parts.things.byName(named.tenant, named.number)
  if (first?.kind !== 'ivr_menu' || first.status !== 'active') return undefined
  const asked = fieldOf(fields, 'Caller-Context')
  const context = asked !== undefined && parts.insideContexts.includes(asked) ? asked : parts.insideContexts[0]
  const menus = await menusFrom(parts, first)
  const elements = [...menus.values()].map((menu) => menuElement({ parts, menus, context }, menu))
  return [element('menus', {}, await Promise.all(elements))]
}

/** A menu and all that it leads to, by id. */
export async function menusFrom(
  { things }: Pick<Answering, 'things'>,
  first: Thing<'ivr_menu'>,
): Promise<Map<string, Thing<'ivr_menu'>>> {
  const found = new Map([[first.id, first]])
  let open: readonly Thing<'ivr_menu'>[] = [first]
  while (open.length > 0 && found.size < MOST_MENUS) {
    const ids = open
      .flatMap(({ document }) => document.settings.entries)
      .flatMap(({ action }) => (action.kind === 'menu' && !found.has(action.id) ? [action.id] : []))
    const menus = await things.getMany('ivr_menu', [...new Set(ids)])
    open = menus.filter(({ status, tenant }) => status === 'active' && tenant === first.tenant)
    for (const menu of open) found.set(menu.id, menu)
  }
  return found
}

interface Tree {
  readonly parts: Answering
  readonly menus: ReadonlyMap<string, Thing<'ivr_menu'>>
  readonly context: string
}

async function menuElement(tree: Tree, menu: Thing<'ivr_menu'>): Promise<Element> {
  const { number, settings } = menu.document
  const entries = await Promise.all(settings.entries.map((entry) => entryElement(tree, menu, entry)))
  const attributes = {
    name: hyphenName({ number, tenant: menu.tenant }),
    'greet-long': settings.greeting,
    'greet-short': settings.shortGreeting ?? settings.greeting,
    'invalid-sound': 'ivr/ivr-that_was_an_invalid_entry.wav',
    timeout: settings.timeoutSeconds * 1000,
    'inter-digit-timeout': settings.interDigitMs,
    'max-failures': settings.maxInvalid,
    'max-timeouts': settings.maxTimeouts,
    'digit-len': Math.max(1, ...settings.entries.map(({ digits }) => digits.length)),
    'exec-on-max-failures': await lastWord(tree, menu, settings.onInvalid),
    'exec-on-max-timeouts': await lastWord(tree, menu, settings.onTimeout),
  }
  return element('menu', attributes, entries)
}

async function entryElement(
  tree: Tree,
  menu: Thing<'ivr_menu'>,
  { digits, action }: { readonly digits: string; readonly action: MenuAction },
): Promise<Element | undefined> {
  const entry = (does: string, value?: AppData) => element('entry', { action: does, digits, param: value })
  switch (action.kind) {
    case 'repeat':
      return entry('menu-sub', nameOf(menu))
    case 'back':
      return entry('menu-back')
    case 'top':
      return entry('menu-top')
    case 'hang_up':
      return entry('menu-exec-app', HANG_UP)
    case 'menu': {
      const below = tree.menus.get(action.id)
      return below === undefined ? undefined : entry('menu-sub', nameOf(below))
    }
    case 'user':
    case 'queue':
    case 'room':
    case 'dial': {
      const name = await nameToDial(tree.parts.things, menu.tenant, action)
      return name === undefined
        ? undefined
        : entry('menu-exec-app', appData`transfer ${transferTo(name, tree.context)}`)
    }
  }
}

const HANG_UP = appData`hangup NORMAL_CLEARING`
const nameOf = ({ document, tenant }: Thing<'ivr_menu'>) => appData`${hyphenName({ number: document.number, tenant })}`

/** What is done after the last wrong input or wait in vain; nothing leads back to the menu above. */
async function lastWord({ parts, context }: Tree, menu: Thing<'ivr_menu'>, action: MenuAction) {
  switch (action.kind) {
    case 'repeat':
    case 'back':
      return undefined
    case 'hang_up':
      return HANG_UP
    case 'top':
      // the menu that the caller dialled: the dialplan has left its number on the channel
      return appData`transfer ${transferTo(new AppData('${trunkline_menu}'), context)}`
    case 'user':
    case 'queue':
    case 'room':
    case 'menu':
    case 'dial': {
      const name = await nameToDial(parts.things, menu.tenant, action)
      return name === undefined ? HANG_UP : appData`transfer ${transferTo(name, context)}`
    }
  }
}
