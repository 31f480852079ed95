export * from './event-log.contract.js'
export * from './view-store.contract.js'
