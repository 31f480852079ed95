export * from './translate/index.js'
export { EslFramer, type FramerOptions } from './framer.js'
export type { EslFrame } from './frame.js'
export { decodeJsonEvent, decodePlainEvent, percentDecode } from './decode-event.js'
export { channelArgument, quoteArgument, safeCommand } from './command-text.js'
export {
  connectEsl,
  EslConnection,
  type EslAddress,
  type EslConnectionOptions,
  type EslHandlers,
} from './esl-connection.js'
export { EslError, type EslErrorCode } from './esl-error.js'
export { parseEslSwitches, type SwitchSetting } from './esl-address.js'
