/** Which adapter stands behind a port is decided here, from the settings, and nowhere else. */
export { checkStores, type StoreCheck } from './check-stores.js'
export { openEventLog } from './open-event-log.js'
export { openEventStore } from './open-event-store.js'
export { openObjectStore } from './open-object-store.js'
export { openViewStore } from './open-view-store.js'
