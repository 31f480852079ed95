import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs'
import {
  provisioningStream,
  refuse,
  trunkDecider,
  type Credential,
  type TrunkCommand,
  type TrunkSettings,
  type TrunkState,
} from '@trunkline/domain'
import type { NewSecret } from '@trunkline/vault'
import { inputOf, type Call, type Outcome } from '../core/call.js'
import type { Prepared } from '../core/aggregate-runner.js'
import { definite } from '../core/definite.js'
import { requiredTenant } from '../core/tenant.js'
import * as declared from '../declarations/trunks.js'
import type { InputOf } from '../declarations/declare.js'
import { AggregateHandler, newSecretId, newThingId } from './aggregate.handler.js'
import { TrunkCall } from './calls.js'

type Preparation = Promise<Prepared<TrunkCommand>> | Prepared<TrunkCommand>
type GivenSettings = InputOf<typeof declared.updateTrunk>['settings']

const DEFAULT_SETTINGS: Omit<TrunkSettings, 'hosts'> = {
  transport: 'udp',
  registration: null,
  codecs: ['PCMA', 'PCMU'],
  limits: { callsPerSecond: null, concurrentCalls: null },
  allowList: [],
}

@CommandHandler(TrunkCall)
export class TrunkHandler extends AggregateHandler implements ICommandHandler<TrunkCall, Outcome> {
  execute({ call }: TrunkCall): Promise<Outcome> {
    const id = call.name === 'createTrunk' ? newThingId(call) : inputOf(declared.activateTrunk, call).id
    return this.run(call, id, {
      stream: provisioningStream.trunk(id),
      decider: trunkDecider,
      prepare: (state) => this.#prepare(call, id, state),
    })
  }

  #prepare(call: Call, id: string, state: TrunkState): Preparation {
    const address = { id, commandId: call.commandId }
    switch (call.name) {
      case 'createTrunk':
        return create(call, id)
      case 'updateTrunk': {
        const { settings } = inputOf(declared.updateTrunk, call)
        const { limits = DEFAULT_SETTINGS.limits } = isLiving(state) ? state.trunk.settings : {}
        return { command: { type: 'UpdateTrunk', ...address, settings: given(settings, limits) } }
      }
      case 'setTrunkCredential':
        return setCredential(call, id, state)
      case 'activateTrunk':
        return { command: { type: 'ActivateTrunk', ...address } }
      case 'deactivateTrunk':
        return { command: { type: 'DeactivateTrunk', ...address } }
      case 'removeTrunk':
        return this.#remove(address, state)
      default:
        throw new TypeError(`no command of trunks: ${call.name}`)
    }
  }

  async #remove(address: { id: string; commandId: string }, state: TrunkState): Promise<Prepared<TrunkCommand>> {
    const usedByRoutes = isLiving(state) ? await this.evidence.usedBy('trunk', address.id) : []
    return { command: { type: 'RemoveTrunk', ...address, usedByRoutes } }
  }
}

function isLiving(state: TrunkState): state is Extract<TrunkState, { readonly kind: 'active' | 'inactive' }> {
  return state.kind === 'active' || state.kind === 'inactive'
}

function create(call: Call, id: string): Prepared<TrunkCommand> {
  const { name, settings, auth = null } = inputOf(declared.createTrunk, call)
  const tenant = requiredTenant(call.tenant)
  const secrets = auth === null ? [] : [secretOf(call, auth.password)]
  return {
    command: {
      type: 'CreateTrunk',
      id,
      commandId: call.commandId,
      tenant,
      name,
      settings: { ...DEFAULT_SETTINGS, hosts: [], ...given(settings, DEFAULT_SETTINGS.limits) },
      auth:
        auth === null
          ? null
          : {
              username: auth.username,
              realm: auth.realm ?? null,
              credential: { secretId: secrets[0]!.id, credentialVersion: 1 },
            },
    },
    secrets,
  }
}

/** Without a password the one that is there stays; without one there it must be given. */
function setCredential(call: Call, id: string, state: TrunkState): Prepared<TrunkCommand> {
  const { auth } = inputOf(declared.setTrunkCredential, call)
  const address = { id, commandId: call.commandId }
  if (auth === null) return { command: { type: 'SetTrunkCredential', ...address, auth } }
  const { username, realm = null, password } = auth
  const trunk = isLiving(state) ? state.trunk : undefined
  const secrets = password === undefined ? [] : [secretOf(call, password)]
  const next = secrets.map(({ id: secretId }): Credential => {
    return { secretId, credentialVersion: (trunk?.lastCredentialVersion ?? 0) + 1 }
  })
  const credential = next[0] ?? trunk?.auth?.credential
  if (credential === undefined && trunk !== undefined) {
    refuse('INVALID', 'auth.password', 'must be given for a trunk that has none')
  }
  const placeholder = { secretId: id, credentialVersion: 1 }
  return {
    command: {
      type: 'SetTrunkCredential',
      ...address,
      auth: { username, realm, credential: credential ?? placeholder },
    },
    secrets,
  }
}

function secretOf(call: Call, text: string): NewSecret {
  return { id: newSecretId(call, 'password'), purpose: 'trunk', text }
}

/** Settings as the aggregate takes them; limits that are left out stay as they are. */
function given(settings: GivenSettings, limits: TrunkSettings['limits']): Partial<TrunkSettings> {
  const { hosts, registration, limits: changed, ...rest } = settings
  return definite({
    ...rest,
    hosts: hosts?.map(({ host, port = 5060 }) => ({ host: host.toLowerCase(), port })),
    registration: registration == null ? registration : { expiresSeconds: 600, ...definite(registration) },
    limits: changed === undefined ? undefined : { ...limits, ...definite(changed) },
  }) as Partial<TrunkSettings>
}
