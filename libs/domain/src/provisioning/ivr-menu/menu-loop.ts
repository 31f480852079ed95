import type { MenuAction, MenuSettings } from './ivr-menu.events.js'

export interface MenuEdge {
  readonly from: string
  readonly to: string
}

/** All actions of a menu with the path of the field that holds each. */
export function actionsOf({ entries, onInvalid, onTimeout }: MenuSettings): { field: string; action: MenuAction }[] {
  return [
    ...entries.map(({ action }, i) => ({ field: `settings.entries[${i}].action`, action })),
    { field: 'settings.onInvalid', action: onInvalid },
    { field: 'settings.onTimeout', action: onTimeout },
  ]
}

/** Menus that a menu leads to, each once. */
export function menusAfter(settings: MenuSettings): string[] {
  const ids = actionsOf(settings).flatMap(({ action }) => (action.kind === 'menu' ? [action.id] : []))
  return [...new Set(ids)]
}

/** Whether a menu can be reached from another one, or is that one. Each menu is looked at once. */
export function leadsToMenu(from: string, to: string, edges: readonly MenuEdge[]): boolean {
  const next = new Map<string, string[]>()
  for (const edge of edges) next.set(edge.from, [...(next.get(edge.from) ?? []), edge.to])
  const seen = new Set([from])
  for (const menu of seen) for (const after of next.get(menu) ?? []) seen.add(after)
  return seen.has(to)
}
