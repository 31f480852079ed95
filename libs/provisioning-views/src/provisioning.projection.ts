import { provisioningEventDeclarations } from '@trunkline/domain'
import type { LogRecord, StoredEvent } from '@trunkline/ports'
import type { Projection, ProjectionContext } from '@trunkline/projection'
import { VIEW } from './checkpoint.js'
import type { StoredRecord } from './event-store-log.js'
import { projectEvents } from './project-events.js'
import { PROVISIONING_VIEW_TABLES } from './provisioning-tables.js'

/** The view `provisioning`, made of the events of the event store. */
export class ProvisioningProjection implements Projection<StoredEvent> {
  readonly id = VIEW
  readonly version = 1
  readonly tables = PROVISIONING_VIEW_TABLES
  readonly handles = new Set(provisioningEventDeclarations.map(({ type }) => type))
  /** Audit and names are read by readers alone. */
  readonly lookups = new Set(['provisioned_uses_by'])

  decode(record: LogRecord): StoredEvent {
    return (record as StoredRecord).event
  }

  apply(batch: readonly StoredEvent[], { tx, table }: ProjectionContext): Promise<void> {
    return projectEvents(tx, batch, table)
  }
}
