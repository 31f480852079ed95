import type { Viewer } from '@trunkline/access'
import type { CommandDeclaration } from '../command.js'

/** A checked command on its way to its handler. */
export interface Call {
  readonly name: string
  readonly input: unknown
  readonly viewer: Viewer
  /** SIP domain in lower case, or `*`; undefined when an admin of all tenants named none. */
  readonly tenant: string | undefined
  /** Follows from the idempotency key. */
  readonly commandId: string
  /** What is kept with each event. */
  readonly meta: Readonly<Record<string, string>>
  readonly expectedRevision?: number | undefined
  /** A password that was made for this command when it first came; the same each time that it is done. */
  readonly madePassword: string | null
  /** Throws a retryable error when another process has taken this command over. To be called before what must not be done by two. */
  hold(): Promise<void>
}

/** What a handler has done. */
export interface Outcome {
  readonly id: string
  readonly tenant: string
  readonly revision: number
  readonly changed: boolean
  readonly result?: unknown
}

/** The input of a call as its declaration has it: it was checked against it before. */
export function inputOf<Input>(_declaration: CommandDeclaration<Input>, { input }: Call): Input {
  return input as Input
}
