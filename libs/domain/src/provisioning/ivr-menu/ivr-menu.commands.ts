import type { Addressed } from '../core/command.js'
import type { KnownThing } from '../core/target.js'
import type { MenuSettings } from './ivr-menu.events.js'
import type { MenuEdge } from './menu-loop.js'

/** What the caller has seen to be there in the tenant. */
export interface MenuEvidence {
  readonly known: readonly KnownThing[]
  /** From which menu to which one digits, wrong inputs and timeouts lead; those that leave this menu do not matter. */
  readonly menuEdges: readonly MenuEdge[]
}

export interface CreateIvrMenu extends Addressed, MenuEvidence {
  readonly type: 'CreateIvrMenu'
  readonly tenant: string
  readonly number: string
  readonly settings: MenuSettings
}

export interface UpdateIvrMenu extends Addressed, MenuEvidence {
  readonly type: 'UpdateIvrMenu'
  /** Parts that are left out stay. */
  readonly settings: Partial<MenuSettings>
}

export interface RemoveIvrMenu extends Addressed {
  readonly type: 'RemoveIvrMenu'
  /** Streams of what leads callers here now: numbers, routes, menus, queues. */
  readonly usedBy: readonly string[]
}

export type IvrMenuCommand = CreateIvrMenu | UpdateIvrMenu | RemoveIvrMenu
