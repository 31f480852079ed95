export { openMysqlViewStore, type MysqlViewStoreOptions } from './mysql-view-store.js'
export { BadMysqlUrlError, parseMysqlUrl } from './mysql-url.js'
