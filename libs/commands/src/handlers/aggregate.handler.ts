import { Inject } from '@nestjs/common'
import type { ProvisioningEvent } from '@trunkline/domain'
import { AggregateRunner, type Done, type Task } from '../core/aggregate-runner.js'
import type { Call, Outcome } from '../core/call.js'
import { DEPENDENCIES, type CommandsDependencies } from '../core/dependencies.js'
import { derivedId } from '../core/derived-id.js'
import { Evidence } from '../core/evidence.js'

/** What the handlers of all aggregates have. */
export abstract class AggregateHandler {
  constructor(
    @Inject(AggregateRunner) protected readonly runner: AggregateRunner,
    @Inject(Evidence) protected readonly evidence: Evidence,
    @Inject(DEPENDENCIES) protected readonly deps: CommandsDependencies,
  ) {}

  protected async run<State, Command, Event extends ProvisioningEvent>(
    call: Call,
    id: string,
    task: Task<State, Command, Event>,
  ): Promise<Outcome & Pick<Done<Event>, 'events' | 'isRepeated'>> {
    const { revision, events, isRepeated, tenant } = await this.runner.run(call, task)
    return { id, tenant: tenant ?? call.tenant ?? '', revision, changed: events.length > 0, events, isRepeated }
  }
}

/** Of the thing that a create command makes. */
export function newThingId({ commandId }: Call): string {
  return derivedId(commandId, 'thing')
}

/** Of a secret that a command keeps; `part` tells those of one command apart. */
export function newSecretId({ commandId }: Call, part: string): string {
  return derivedId(commandId, 'secret', part)
}
