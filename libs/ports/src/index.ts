export * from './event-log.js'
export * from './view-store.js'
export * from './event-store.js'
export * from './object-store.js'
