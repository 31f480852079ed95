export * from './tables/call-tables.js'
export * from './tables/node-tables.js'
export * from './tables/outbox-table.js'
