import { birthOf, sameData } from '../core/birth.js'
import type { Decider } from '../core/decider.js'
import { unknownEvent } from '../core/domain-event.js'
import { given } from '../core/given.js'
import { ProvisioningError, refuseWhen, refuseWhenUsed, type Fault } from '../core/provisioning-error.js'
import { TARGET_KINDS, unknownTarget, type KnownThing, type Target } from '../core/target.js'
import type { CreateIvrMenu, IvrMenuCommand, MenuEvidence, UpdateIvrMenu } from './ivr-menu.commands.js'
import { ivrMenuEvent, type IvrMenuEvent, type MenuAction, type MenuSettings } from './ivr-menu.events.js'
import { actionsOf, leadsToMenu, menusAfter } from './menu-loop.js'
import { validateIvrMenu } from './validate-ivr-menu.js'

export interface IvrMenu {
  readonly id: string
  readonly tenant: string
  readonly number: string
  readonly settings: MenuSettings
  readonly claimId: string
  readonly birth: string
}

export type IvrMenuState =
  { readonly kind: 'absent' } | { readonly kind: 'active'; readonly menu: IvrMenu } | { readonly kind: 'removed' }

/** A voice menu. To the menu before or the first one it goes by `back` and `top`, which cannot make a circle. */
export const ivrMenuDecider: Decider<IvrMenuState, IvrMenuCommand, IvrMenuEvent> = {
  initialState: () => ({ kind: 'absent' }),

  decide(command, state) {
    refuseWhen('INVALID', validateIvrMenu(command))
    switch (state.kind) {
      case 'absent':
        if (command.type !== 'CreateIvrMenu') throw new ProvisioningError('NOT_FOUND')
        checkLinks(command.id, command.settings, command)
        return [created(command)]
      case 'removed':
        if (command.type === 'RemoveIvrMenu') return []
        throw new ProvisioningError('REMOVED')
      case 'active':
        return decideActive(command, state.menu)
    }
  },

  evolve(state, event) {
    if (event.type === 'ivr_menu.created') {
      const { id, tenant, number, settings, claimId } = event.data
      return { kind: 'active', menu: { id, tenant, number, settings, claimId, birth: birthOf(event.data) } }
    }
    if (state.kind !== 'active') return state
    switch (event.type) {
      case 'ivr_menu.updated':
        return { kind: 'active', menu: { ...state.menu, settings: event.data.settings } }
      case 'ivr_menu.removed':
        return { kind: 'removed' }
      default:
        return unknownEvent(event)
    }
  },
}

function decideActive(command: IvrMenuCommand, menu: IvrMenu): IvrMenuEvent[] {
  const { id, tenant, number, claimId, birth } = menu
  switch (command.type) {
    case 'CreateIvrMenu':
      if (birthOf(created(command).data) === birth) return []
      throw new ProvisioningError('ALREADY_EXISTS')
    case 'UpdateIvrMenu':
      return update(command, menu)
    case 'RemoveIvrMenu':
      refuseWhenUsed(command.usedBy)
      return [ivrMenuEvent('ivr_menu.removed', { id, tenant, number, claimId })]
  }
}

function created({ id, tenant, number, settings, commandId }: CreateIvrMenu) {
  return ivrMenuEvent('ivr_menu.created', { id, tenant, number, settings, claimId: commandId })
}

function update(command: UpdateIvrMenu, { id, tenant, number, settings: former }: IvrMenu): IvrMenuEvent[] {
  const settings = { ...former, ...given(command.settings) }
  if (sameData(settings, former)) return []
  checkLinks(id, settings, command)
  return [ivrMenuEvent('ivr_menu.updated', { id, tenant, number, settings })]
}

function checkLinks(id: string, settings: MenuSettings, { known, menuEdges }: MenuEvidence): void {
  const actions = actionsOf(settings)
  const looping = menusAfter(settings).filter((next) => leadsToMenu(next, id, menuEdges))
  refuseWhen(
    'LOOP',
    actions.flatMap(({ field, action }) =>
      action.kind === 'menu' && looping.includes(action.id)
        ? [{ field, rule: 'must not lead back to this menu; use back, top or repeat' }]
        : [],
    ),
  )
  refuseWhen(
    'UNKNOWN_REFERENCE',
    actions.flatMap(({ field, action }) => unknownAction(field, action, known)),
  )
}

function unknownAction(field: string, action: MenuAction, known: readonly KnownThing[]): Fault[] {
  return isTarget(action) ? unknownTarget(field, action, known) : []
}

function isTarget(action: MenuAction): action is Target {
  return action.kind === 'dial' || (TARGET_KINDS as readonly string[]).includes(action.kind)
}
