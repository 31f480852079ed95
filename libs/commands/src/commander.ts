import type { CommandBus } from '@nestjs/cqrs'
import { ALL_TENANTS, ProvisioningError } from '@trunkline/domain'
import { newPassword } from '@trunkline/vault'
import type { CommandAnswer, CommandDeclaration, Commander, CommandRequest } from './command.js'
import { CommandError } from './command-error.js'
import type { Call, Outcome } from './core/call.js'
import { checkInput } from './core/check-input.js'
import { checkKey, mayUse, metaFor, scopeOf } from './core/sender.js'
import type { CommandsDependencies } from './core/dependencies.js'
import { derivedId } from './core/derived-id.js'
import { tenantOf } from './core/tenant.js'
import { findCommand } from './declarations/commands.js'
import { toAggregateCall } from './handlers/calls.js'
import type { Begun, CommandRecords } from './records/command-records.js'

/** Commands that make a password when none is given. */
const MAKES_PASSWORD = new Set(['createSipUser', 'setSipUserCredential', 'rotateSipUserCredential'])

/** Checks commands and who sends them, and sees to it that each is done once and answered each time. */
export class BusCommander implements Commander {
  readonly #bus: CommandBus
  readonly #records: CommandRecords
  readonly #deps: CommandsDependencies

  constructor(bus: CommandBus, records: CommandRecords, deps: CommandsDependencies) {
    this.#bus = bus
    this.#records = records
    this.#deps = deps
  }

  async execute(request: CommandRequest): Promise<CommandAnswer> {
    const { name, viewer, idempotencyKey } = request
    const declaration = findCommand(name)
    if (declaration === undefined) throw new CommandError('UNKNOWN_COMMAND')
    if (!mayUse(viewer, declaration.roles)) throw new CommandError('FORBIDDEN')
    checkKey(idempotencyKey)
    const input = checkInput(declaration.input, request.input)
    const tenant = tenantOf(viewer, (input as { readonly tenant?: string }).tenant)
    if (tenant === ALL_TENANTS && declaration.group !== 'Blocked callers') {
      throw new ProvisioningError('INVALID', [{ field: 'tenant', rule: 'must be one SIP domain' }])
    }
    const scope = scopeOf(viewer, idempotencyKey)
    const sent = { name, input }
    const beginning = await this.#records.begin(derivedId('record', ...scope), sent, () => draftFor(name, input))
    if ('answer' in beginning) return beginning.answer
    const { begun } = beginning
    const commandId = derivedId('command', ...scope, name)
    const call: Call = {
      name,
      input,
      viewer,
      tenant,
      commandId,
      meta: metaFor(request, { commandId, name }),
      expectedRevision: request.expectedRevision,
      madePassword: begun.draft,
      hold: () => begun.hold(),
    }
    return this.#do(declaration, call, begun)
  }

  async #do({ group, result: schema }: CommandDeclaration, call: Call, begun: Begun): Promise<CommandAnswer> {
    let outcome: Outcome
    try {
      outcome = await this.#bus.execute(toAggregateCall(group, call))
    } catch (error) {
      await this.#giveUp(error, begun)
      throw error
    }
    const { id, tenant, revision, changed } = outcome
    const answer = { id, tenant, revision, changed, replayed: false }
    const result = schema === undefined ? undefined : outcome.result
    // Shown by whoever comes first after this, and by nobody else: a crash before it leaves the draft for the next.
    const kept = { ...answer, result: withoutPassword(result) }
    return (await begun.finish(kept)) ? { ...answer, result } : { ...kept, replayed: true }
  }

  /** A refusal changed nothing, so its key stays free. After all else it is not known what stands: the record stays. */
  async #giveUp(error: unknown, begun: Begun): Promise<void> {
    const isRefusal = error instanceof ProvisioningError || error instanceof CommandError
    const isFinal = isRefusal && !error.retryable
    try {
      await (isFinal ? begun.forget() : begun.letGo())
    } catch (failure) {
      // The lease ends by itself; what counts is why the command failed.
      this.#deps.logger.warn({ err: failure }, 'the record of a command could not be given up')
    }
  }
}

function draftFor(name: string, input: unknown): string | null {
  const { password } = input as { readonly password?: unknown }
  return MAKES_PASSWORD.has(name) && password === undefined ? newPassword() : null
}

function withoutPassword(result: unknown): unknown {
  const isObject = typeof result === 'object' && result !== null
  return isObject && 'password' in result ? { ...result, password: null } : result
}
