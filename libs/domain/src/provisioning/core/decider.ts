/**
 * An aggregate as three pure functions. `decide` says what a command makes happen, or throws a `ProvisioningError`; it says
 * nothing ([]) when what the command asks for is true already, so that a command may be sent again. `evolve` takes over
 * what has happened and never judges it.
 */
export interface Decider<State, Command, Event> {
  initialState(): State
  decide(command: Command, state: State): Event[]
  evolve(state: State, event: Event): State
}

/** The state that a history leads to. */
export function foldEvents<State, Command, Event>(
  decider: Decider<State, Command, Event>,
  events: readonly Event[],
): State {
  return events.reduce((state, event) => decider.evolve(state, event), decider.initialState())
}
