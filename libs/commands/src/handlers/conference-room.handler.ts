import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs'
import {
  conferenceRoomDecider,
  provisioningStream,
  ProvisioningError,
  refuse,
  type ConferenceRoomCommand,
  type ConferenceRoomState,
  type ConferenceSettings,
} from '@trunkline/domain'
import type { NewSecret } from '@trunkline/vault'
import { inputOf, type Call, type Outcome } from '../core/call.js'
import type { Prepared } from '../core/aggregate-runner.js'
import { definite } from '../core/definite.js'
import { requiredTenant } from '../core/tenant.js'
import * as declared from '../declarations/conference-rooms.js'
import type { InputOf } from '../declarations/declare.js'
import { AggregateHandler, newSecretId, newThingId } from './aggregate.handler.js'
import { ConferenceRoomCall } from './calls.js'

type GivenSettings = InputOf<typeof declared.updateConferenceRoom>['settings']

const DEFAULT_SETTINGS: Omit<ConferenceSettings, 'name'> = {
  maxMembers: 50,
  recording: 'on_command',
  pinSecretId: null,
  moderatorPinSecretId: null,
  moderators: [],
  waitForModerator: false,
}

@CommandHandler(ConferenceRoomCall)
export class ConferenceRoomHandler extends AggregateHandler implements ICommandHandler<ConferenceRoomCall, Outcome> {
  async execute({ call }: ConferenceRoomCall): Promise<Outcome> {
    const isNew = call.name === 'createConferenceRoom'
    const id = isNew ? newThingId(call) : inputOf(declared.removeConferenceRoom, call).id
    try {
      return await this.run(call, id, {
        stream: provisioningStream.conferenceRoom(id),
        decider: conferenceRoomDecider,
        prepare: (state) => this.#prepare(call, id, state),
      })
    } catch (error) {
      throw error instanceof ProvisioningError ? named(error) : error
    }
  }

  async #prepare(call: Call, id: string, state: ConferenceRoomState): Promise<Prepared<ConferenceRoomCommand>> {
    const address = { id, commandId: call.commandId }
    const room = state.kind === 'active' ? state.room : undefined
    switch (call.name) {
      case 'createConferenceRoom': {
        const { number, settings } = inputOf(declared.createConferenceRoom, call)
        const tenant = requiredTenant(call.tenant)
        const { change, secrets } = await this.#given(call, settings, DEFAULT_SETTINGS)
        const known = await this.#users(tenant, settings.moderators)
        const whole = { ...DEFAULT_SETTINGS, name: settings.name, ...change }
        return {
          command: { type: 'CreateConferenceRoom', ...address, tenant, number, settings: whole, known },
          secrets,
        }
      }
      case 'updateConferenceRoom': {
        const { settings } = inputOf(declared.updateConferenceRoom, call)
        const { change, secrets } = await this.#given(call, settings, room?.settings ?? DEFAULT_SETTINGS)
        const known = await this.#users(room?.tenant ?? '', settings.moderators)
        return { command: { type: 'UpdateConferenceRoom', ...address, settings: change, known }, secrets }
      }
      case 'removeConferenceRoom': {
        const usedBy = room === undefined ? [] : await this.evidence.usedBy('conference_room', id)
        return { command: { type: 'RemoveConferenceRoom', ...address, usedBy } }
      }
      default:
        throw new TypeError(`no command of rooms: ${call.name}`)
    }
  }

  #users(tenant: string, ids: readonly string[] = []) {
    return this.evidence.known(
      tenant,
      ids.map((id) => ({ kind: 'user', id })),
    )
  }

  /** Settings with the ids of PINs in their place, and the PINs that are new. */
  async #given(
    call: Call,
    settings: GivenSettings,
    current: Pick<ConferenceSettings, 'pinSecretId' | 'moderatorPinSecretId'>,
  ): Promise<{ change: Partial<ConferenceSettings>; secrets: NewSecret[] }> {
    const { pin, moderatorPin, ...rest } = settings
    const pins = await this.deps.vault.secrets(
      'pin',
      [current.pinSecretId, current.moderatorPinSecretId].filter((id) => id !== null),
    )
    const member = this.#pin(call, 'pin', { text: pin, currentId: current.pinSecretId, pins })
    const moderator = this.#pin(call, 'moderatorPin', {
      text: moderatorPin,
      currentId: current.moderatorPinSecretId,
      pins,
    })
    if (member.text != null && member.text === moderator.text) {
      refuse('INVALID', 'settings.moderatorPin', 'must differ from the PIN of members')
    }
    const change = definite({ ...rest, pinSecretId: member.id, moderatorPinSecretId: moderator.id })
    return { change, secrets: [...member.secrets, ...moderator.secrets] }
  }

  /** What a PIN is to be: as it was when it is not given or the same, else under a new id. */
  #pin(
    call: Call,
    part: string,
    of: { text: string | null | undefined; currentId: string | null; pins: ReadonlyMap<string, string> },
  ): { id: string | null | undefined; text: string | null | undefined; secrets: NewSecret[] } {
    const { text, currentId, pins } = of
    const present = currentId === null ? null : pins.get(currentId)
    if (text === undefined) return { id: undefined, text: present, secrets: [] }
    if (text === null) return { id: null, text, secrets: [] }
    if (text === present) return { id: currentId, text, secrets: [] }
    const id = newSecretId(call, part)
    return { id, text, secrets: [{ id, purpose: 'pin', text }] }
  }
}

/** Faults by the names of the fields that were sent. */
function named(error: ProvisioningError): ProvisioningError {
  const faults = error.faults.map(({ field, rule }) => ({ field: field.replace(/inSecretId$/, 'in'), rule }))
  return new ProvisioningError(error.code, faults)
}
