import type { Filter } from '@kurrent/kurrentdb-client'

/** Asks the server to leave out events whose type begins with `$`: its own, and links. */
export const NOT_OF_SYSTEM = {
  filterOn: 'eventType',
  regex: '^[^$].*',
  checkpointInterval: 1,
} as const satisfies Filter
