export * from './kamailio-listener.js'
export * from './kamailio-nodes.js'
export type { ListenerLogger } from './listener-logger.js'
