export * from './thing.js'
export * from './provisioning-tables.js'
export { evolveThing } from './evolve-thing.js'
export { namesOf, streamOfThing, thingOfStream, usesOf, NUMBERS, type Use } from './thing-references.js'
export { projectEvents, UnknownProvisioningEventError } from './project-events.js'
export { thingOfRow, type ThingRow } from './thing-rows.js'
export { createThings, type ThingsOptions } from './create-things.js'
export { ProvisioningProjection } from './provisioning.projection.js'
export { assertEventStoreHolds, EventStoreBehindViewsError, forgetProvisioned } from './event-store-behind.js'
export { eventStoreLog } from './event-store-log.js'
export {
  startProvisioningProjector,
  type ProjectorStatus,
  type ProvisioningProjector,
  type ProvisioningProjectorOptions,
} from './provisioning-projector.js'
export { VIEW as PROVISIONING_VIEW } from './checkpoint.js'
export {
  RELAY as PROVISIONING_RELAY,
  startProvisioningRelay,
  type ProvisioningRelay,
  type ProvisioningRelayOptions,
} from './provisioning-relay.js'
export { startProvisioningViews, type ProvisioningViewsOptions } from './start-provisioning-views.js'
export { Lease, type LeaseOptions } from './lease.js'
export { publicData } from './audit-row.js'
