export * from './memory-things.js'
export * from './memory-vault.js'
export * from './sample-things.js'
