export * from './thing.js'
