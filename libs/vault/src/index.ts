export * from './vault.js'
