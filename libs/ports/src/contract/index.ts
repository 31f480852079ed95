export * from './event-log.contract.js'
export * from './view-store.contract.js'
export * from './event-store.contract.js'
export * from './object-store.contract.js'
