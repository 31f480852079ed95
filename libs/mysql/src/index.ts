export { openMysqlViewStore, type MysqlViewStoreOptions } from './mysql-view-store.js'
export { isUnavailable } from './mysql-errors.js'
export { BadMysqlUrlError, parseMysqlUrl } from './mysql-url.js'
