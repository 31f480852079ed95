export { openKurrentEventStore, type KurrentEventStoreOptions } from './kurrent-event-store.js'
export { KurrentRefusedError } from './kurrent-errors.js'
export { KurrentUrlError, parseKurrentUrl, type KurrentUrl } from './kurrent-url.js'
