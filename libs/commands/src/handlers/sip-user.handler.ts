import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs'
import {
  provisioningStream,
  sipUserDecider,
  type PersonChange,
  type SealedPerson,
  type SipUserCommand,
  type SipUserEvent,
  type SipUserState,
} from '@trunkline/domain'
import { digestsToText, sipDigests, type NewSecret } from '@trunkline/vault'
import { inputOf, type Call, type Outcome } from '../core/call.js'
import type { Prepared } from '../core/aggregate-runner.js'
import { CommandError } from '../command-error.js'
import * as declared from '../declarations/sip-users.js'
import { definite } from '../core/definite.js'
import { requiredTenant } from '../core/tenant.js'
import { AggregateHandler, newSecretId, newThingId } from './aggregate.handler.js'
import { SipUserCall } from './calls.js'
import { sealPerson, type Person } from './seal-person.js'

type Address = { readonly id: string; readonly commandId: string }
type Prepare = (address: Address, state: SipUserState) => Promise<Prepared<SipUserCommand>> | Prepared<SipUserCommand>

@CommandHandler(SipUserCall)
export class SipUserHandler extends AggregateHandler implements ICommandHandler<SipUserCall, Outcome> {
  async execute({ call }: SipUserCall): Promise<Outcome> {
    switch (call.name) {
      case 'createSipUser':
        return this.#create(call)
      case 'setSipUserCredential':
      case 'rotateSipUserCredential':
        return this.#changeCredential(call)
      case 'eraseSipUserPerson':
        return this.#erase(call)
      default:
        return this.#decide(call, inputOf(declared.resumeSipUser, call).id, this.#preparing(call))
    }
  }

  #preparing(call: Call): Prepare {
    switch (call.name) {
      case 'updateSipUser': {
        const { id, person } = inputOf(declared.updateSipUser, call)
        return async (address, state) => {
          // no key is made for a user who is not there
          const sealed = isLiving(state) ? await this.#seal(id, person, state) : {}
          return { command: { type: 'UpdateSipUser', ...address, person: sealed } }
        }
      }
      case 'suspendSipUser': {
        const { reason = 'operator' } = inputOf(declared.suspendSipUser, call)
        return (address) => ({ command: { type: 'SuspendSipUser', ...address, reason } })
      }
      case 'resumeSipUser':
        return (address) => ({ command: { type: 'ResumeSipUser', ...address } })
      case 'removeSipUser':
        return async (address, state) => {
          const usedBy = isLiving(state) ? await this.evidence.usedBy('sip_user', address.id) : []
          return { command: { type: 'RemoveSipUser', ...address, usedBy } }
        }
      case 'unlockSipUser': {
        const { source = null } = inputOf(declared.unlockSipUser, call)
        return (address) => ({ command: { type: 'UnlockSipUser', ...address, source } })
      }
      case 'setSipUserLimits': {
        const { limits } = inputOf(declared.setSipUserLimits, call)
        return (address) => ({ command: { type: 'SetSipUserLimits', ...address, limits: definite(limits) } })
      }
      case 'addSipUserAlias':
      case 'removeSipUserAlias': {
        const alias = inputOf(declared.addSipUserAlias, call).alias.toLowerCase()
        const type = call.name === 'addSipUserAlias' ? 'AddSipUserAlias' : 'RemoveSipUserAlias'
        return (address) => ({ command: { type, ...address, alias } })
      }
      default:
        throw new TypeError(`no command of SIP users: ${call.name}`)
    }
  }

  #decide(call: Call, id: string, prepare: Prepare) {
    return this.run<SipUserState, SipUserCommand, SipUserEvent>(call, id, {
      stream: provisioningStream.sipUser(id),
      decider: sipUserDecider,
      prepare: (state) => prepare({ id, commandId: call.commandId }, state),
    })
  }

  async #create(call: Call): Promise<Outcome> {
    const { person = {}, limits = {}, aliases = [], ...input } = inputOf(declared.createSipUser, call)
    const tenant = requiredTenant(call.tenant)
    // Lower case throughout: a digest holds the name, and phones send it as it was shown.
    const username = input.username.toLowerCase()
    const password = input.password === undefined ? call.madePassword : input.password
    const secret = password === null ? undefined : secretOf(call, { username, tenant, password })
    const outcome = await this.#decide(call, newThingId(call), async (address, state) => ({
      command: {
        type: 'CreateSipUser',
        ...address,
        tenant,
        username,
        person: await this.#seal(address.id, person, state),
        credential: secret === undefined ? null : { secretId: secret.id, credentialVersion: 1 },
        limits: definite(limits),
        aliases: aliases.map((alias) => alias.toLowerCase()),
      },
      secrets: secret === undefined ? [] : [secret],
    }))
    return { ...outcome, result: await this.#credentialResult(call, username, outcome) }
  }

  async #changeCredential(call: Call): Promise<Outcome> {
    const { id, password = call.madePassword } = inputOf(declared.rotateSipUserCredential, call)
    const type = call.name === 'setSipUserCredential' ? 'SetSipUserCredential' : 'RotateSipUserCredential'
    const outcome = await this.#decide(call, id, (address, state) => {
      const user = isLiving(state) ? state.user : undefined
      const { username = '', tenant = '' } = user ?? {}
      const secret = secretOf(call, { username, tenant, password: password ?? '' })
      const credentialVersion = (user?.credential?.credentialVersion ?? 0) + 1
      return {
        command: { type, ...address, credential: { secretId: secret.id, credentialVersion } },
        secrets: [secret],
      }
    })
    const username = outcome.events[0]?.data.username ?? ''
    return { ...outcome, result: await this.#credentialResult(call, username, outcome) }
  }

  /**
   * What is shown. When the record of a command got lost, as by a database that was put back, the password that was made
   * now is not the one that was made then.
   */
  async #credentialResult(
    call: Call,
    username: string,
    { events, isRepeated, tenant }: { events: readonly SipUserEvent[]; isRepeated: boolean; tenant: string },
  ): Promise<{ username: string; password: string | null }> {
    const password = call.madePassword
    if (password === null || !isRepeated) return { username, password }
    const ids = events.flatMap(({ data }) =>
      'credential' in data && data.credential !== null ? [data.credential.secretId] : [],
    )
    const kept = [...(await this.deps.vault.secrets('sip_user', ids)).values()]
    const isThatOne = kept.includes(secretOf(call, { username, tenant, password }).text)
    return { username, password: isThatOne ? password : null }
  }

  /** The event goes first: it says who asked when. Of a removed user only the key is left, and goes. */
  async #erase(call: Call): Promise<Outcome> {
    const { id } = inputOf(declared.eraseSipUserPerson, call)
    const found = await this.deps.eventStore.read(provisioningStream.sipUser(id))
    const removed = found.findLast(({ type }) => type === 'sip_user.removed')
    const nothing = { displayName: null, email: null, phone: null }
    const outcome =
      removed === undefined
        ? await this.#decide(call, id, (address) => ({
            command: { type: 'UpdateSipUser', ...address, person: nothing },
          }))
        : await this.#decide(call, id, (address) => ({
            command: { type: 'RemoveSipUser', ...address, usedBy: [] },
          }))
    await this.deps.vault.erasePerson(id)
    this.deps.logger.info({ sipUser: id, actor: call.meta['actor'] }, 'a person was erased')
    return { ...outcome, changed: true }
  }

  async #seal(id: string, person: Person, state: SipUserState): Promise<PersonChange> {
    const current: SealedPerson | undefined = isLiving(state) ? state.user.person : undefined
    try {
      return await sealPerson(this.deps.vault, { id, person, current })
    } catch (error) {
      if ((error as { readonly code?: unknown }).code === 'PERSON_ERASED') throw new CommandError('PERSON_ERASED')
      throw error
    }
  }
}

function isLiving(state: SipUserState): state is Extract<SipUserState, { readonly kind: 'active' | 'suspended' }> {
  return state.kind === 'active' || state.kind === 'suspended'
}

function secretOf(call: Call, of: { username: string; tenant: string; password: string }): NewSecret {
  const { username, tenant: domain, password } = of
  const text = digestsToText(sipDigests({ username, domain, password }))
  return { id: newSecretId(call, 'password'), purpose: 'sip_user', text }
}
