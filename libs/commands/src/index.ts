export * from './command.js'
