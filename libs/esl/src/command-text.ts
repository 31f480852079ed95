/** Text that goes out on an Event Socket. A line break would end the command and begin another. */
import { EslError } from './esl-error.js'

// eslint-disable-next-line no-control-regex -- these are what must not pass
const CONTROL = /[\u0000-\u001f\u007f]/

/** Returns the command unchanged; throws ESL_UNSAFE_COMMAND when it holds a control character. */
export function safeCommand(command: string): string {
  if (CONTROL.test(command))
    throw new EslError('ESL_UNSAFE_COMMAND', 'a command must not hold line breaks or other control characters')
  return command
}

/**
 * One argument of an API command, quoted so that it stays one: spaces, quotes, commas and brackets in it separate
 * nothing. Throws ESL_UNSAFE_COMMAND on what no quoting makes safe: control characters, and `${…}`, which FreeSWITCH
 * replaces by variables and even by the output of commands wherever an application gets to see it.
 */
export function quoteArgument(value: string): string {
  safeCommand(value)
  if (value.includes('${')) throw new EslError('ESL_UNSAFE_COMMAND', 'an argument must not hold ${')
  return /^[A-Za-z0-9_@.:+\-/]+$/.test(value) ? value : `'${value.replace(/[\\']/g, '\\$&')}'`
}

const UUID = /^[0-9a-zA-Z-]{1,64}$/

/** A channel's UUID for use in a command; throws ESL_UNSAFE_COMMAND when it cannot be one. */
export function channelArgument(uuid: string): string {
  if (!UUID.test(uuid)) throw new EslError('ESL_UNSAFE_COMMAND', 'a channel id holds letters, digits and dashes only')
  return uuid
}
