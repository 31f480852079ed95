export * from './command.js'
export * from './command-error.js'
export * from './bulk.js'
export { COMMANDS, findCommand } from './declarations/commands.js'
