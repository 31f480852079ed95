import type { Viewer } from '@trunkline/access'
import type { RestServices } from '@trunkline/command-http'
import type { Sealed } from '@trunkline/domain'
import type { ViewReader } from '@trunkline/ports'
import type { Loaders } from '../loaders/loaders.js'

/** Opens what is sealed of persons: null for what nobody can read any more. */
export type OpenPersons = (sealed: readonly (Sealed | null)[]) => Promise<(string | null)[]>

/** What every resolver gets: made anew for each operation. */
export interface ApiContext {
  readonly viewer: Viewer
  readonly reader: ViewReader
  readonly loaders: Loaders
  /** Undefined in a process that takes no commands, and for subscriptions. */
  readonly services?: RestServices | undefined
  /** Of the client. */
  readonly address?: string | undefined
  readonly correlationId?: string | undefined
  readonly traceparent?: string | undefined
}
