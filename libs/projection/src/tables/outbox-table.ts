/**
 * Events that a projection tells the world, written in the transaction of the rows they speak of. A relay
 * reads them in order of `seq` and publishes them; `seq` travels in the record's meta, so that a record that
 * was published twice is known by a `seq` that is not greater than the last one seen.
 */
import type { TableDefinition } from '@trunkline/ports'

export const outboxTable = {
  name: 'outbox',
  key: ['seq'],
  columns: {
    seq: 'integer',
    stream: 'text',
    key: 'text',
    id: 'text',
    type: 'text',
    version: 'integer',
    time_us: 'integer',
    data: 'longtext',
  },
  indexes: {},
} as const satisfies TableDefinition

/** One row: `published_seq`, the last that the relay published, and `next_seq`, the next that a projection takes. */
export const outboxStateTable = {
  name: 'outbox_state',
  key: ['id'],
  columns: { id: 'text', next_seq: 'integer', published_seq: 'integer', published_position: 'text' },
  indexes: {},
} as const satisfies TableDefinition
