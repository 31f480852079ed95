import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs'
import {
  actionsOf,
  ivrMenuDecider,
  provisioningStream,
  TARGET_KINDS,
  type IvrMenuCommand,
  type IvrMenuState,
  type KnownThing,
  type MenuEvidence,
  type MenuSettings,
} from '@trunkline/domain'
import { inputOf, type Call, type Outcome } from '../core/call.js'
import type { Prepared } from '../core/aggregate-runner.js'
import { definite } from '../core/definite.js'
import { requiredTenant } from '../core/tenant.js'
import * as declared from '../declarations/ivr-menus.js'
import { AggregateHandler, newThingId } from './aggregate.handler.js'
import { IvrMenuCall } from './calls.js'

const DEFAULT_SETTINGS: Omit<MenuSettings, 'name' | 'greeting' | 'entries'> = {
  shortGreeting: null,
  timeoutSeconds: 5,
  interDigitMs: 2000,
  maxInvalid: 3,
  maxTimeouts: 3,
  onInvalid: { kind: 'hang_up' },
  onTimeout: { kind: 'hang_up' },
}

@CommandHandler(IvrMenuCall)
export class IvrMenuHandler extends AggregateHandler implements ICommandHandler<IvrMenuCall, Outcome> {
  execute({ call }: IvrMenuCall): Promise<Outcome> {
    const id = call.name === 'createIvrMenu' ? newThingId(call) : inputOf(declared.removeIvrMenu, call).id
    return this.run(call, id, {
      stream: provisioningStream.ivrMenu(id),
      decider: ivrMenuDecider,
      prepare: (state) => this.#prepare(call, id, state),
    })
  }

  async #prepare(call: Call, id: string, state: IvrMenuState): Promise<Prepared<IvrMenuCommand>> {
    const address = { id, commandId: call.commandId }
    const menu = state.kind === 'active' ? state.menu : undefined
    switch (call.name) {
      case 'createIvrMenu': {
        const { number, settings: given } = inputOf(declared.createIvrMenu, call)
        const tenant = requiredTenant(call.tenant)
        const settings = { ...DEFAULT_SETTINGS, ...definite(given) }
        const evidence = await this.#evidenceFor(tenant, settings)
        return { command: { type: 'CreateIvrMenu', ...address, tenant, number, settings, ...evidence } }
      }
      case 'updateIvrMenu': {
        const change = definite(inputOf(declared.updateIvrMenu, call).settings)
        const nothing: MenuEvidence = { known: [], menuEdges: [] }
        const evidence =
          menu === undefined ? nothing : await this.#evidenceFor(menu.tenant, { ...menu.settings, ...change })
        return { command: { type: 'UpdateIvrMenu', ...address, settings: change, ...evidence } }
      }
      case 'removeIvrMenu': {
        const usedBy = menu === undefined ? [] : await this.evidence.usedBy('ivr_menu', id)
        return { command: { type: 'RemoveIvrMenu', ...address, usedBy } }
      }
      default:
        throw new TypeError(`no command of menus: ${call.name}`)
    }
  }

  async #evidenceFor(tenant: string, settings: MenuSettings): Promise<MenuEvidence> {
    const targets = actionsOf(settings).flatMap(({ action }) => {
      return (TARGET_KINDS as readonly string[]).includes(action.kind) ? [action as KnownThing] : []
    })
    const leadsOn = targets.some(({ kind }) => kind === 'menu')
    const known = await this.evidence.known(tenant, targets)
    // without menus after it there is no circle to look for, and no view to wait for
    return { known, menuEdges: leadsOn ? await this.evidence.menuEdges(tenant) : [] }
  }
}
