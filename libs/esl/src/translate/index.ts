export { translate, SUBSCRIBED_EVENTS, SUBSCRIBED_SUBCLASSES } from './translate.js'
export { channelData } from './channel-data.js'
export type { SwitchEvent } from './event.js'
export { translateCdr } from './cdr-fact.js'
