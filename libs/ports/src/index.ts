export * from './event-log.js'
export * from './view-store.js'
