export * from './catalogue.js'
export * from './api-error.js'
export * from './public-error.js'
export * from './error-table.js'
