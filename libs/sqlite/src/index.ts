export { openSqliteEventLog, type SqliteEventLogOptions } from './sqlite-event-log.js'
export { openSqliteViewStore, type SqliteViewStoreOptions } from './sqlite-view-store.js'
export { openSqliteEventStore, type SqliteEventStoreOptions } from './sqlite-event-store.js'
