import type { Viewer } from '@trunkline/access'
import type { ViewReader } from '@trunkline/ports'
import type { Loaders } from '../loaders/loaders.js'

/** What every resolver gets: made anew for each operation. */
export interface ApiContext {
  readonly viewer: Viewer
  readonly reader: ViewReader
  readonly loaders: Loaders
}
