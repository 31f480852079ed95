/** Given a history, when a command comes, then events or an error follow: how the rules of aggregates are proven. */
import { expect } from '@jest/globals'
import { foldEvents, type Decider } from '../core/decider.js'
import { ProvisioningError, type Fault, type ProvisioningErrorCode } from '../core/provisioning-error.js'

interface Outcome<Event> {
  then(...events: Event[]): void
  thenNothing(): void
  thenRefused(code: ProvisioningErrorCode, ...fields: string[]): void
}

export function specOf<State, Command, Event extends { type: string }>(decider: Decider<State, Command, Event>) {
  const decide = (commands: readonly Command[], command: Command) =>
    decider.decide(command, stateAfter(decider, commands))
  /** The history is what earlier commands decided. */
  return (...earlier: Command[]) => ({
    when(command: Command): Outcome<Event> & { readonly types: string[]; readonly events: Event[] } {
      return {
        then: (...events) => expect(decide(earlier, command)).toEqual(events),
        thenNothing: () => expect(decide(earlier, command)).toEqual([]),
        thenRefused(code, ...fields) {
          const error = refusal(() => decide(earlier, command))
          expect({ code: error.code, fields: error.faults.map(({ field }: Fault) => field) }).toEqual({ code, fields })
        },
        get types() {
          return decide(earlier, command).map(({ type }) => type)
        },
        get events() {
          return decide(earlier, command)
        },
      }
    },
    get state() {
      return stateAfter(decider, earlier)
    },
  })
}

function stateAfter<State, Command, Event>(
  decider: Decider<State, Command, Event>,
  commands: readonly Command[],
): State {
  return commands.reduce(
    (state, command) => decider.decide(command, state).reduce((at, event) => decider.evolve(at, event), state),
    foldEvents(decider, []),
  )
}

function refusal(run: () => unknown): ProvisioningError {
  try {
    run()
  } catch (error) {
    if (error instanceof ProvisioningError) return error
    throw error
  }
  throw new Error('the command was not refused')
}
