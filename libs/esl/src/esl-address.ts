import { safeCommand } from './command-text.js'
import type { EslAddress } from './esl-connection.js'

export interface SwitchSetting {
  readonly name: string
  readonly address: EslAddress
  /** Folder in which mod_json_cdr writes files. */
  readonly cdrFolder: string | undefined
}

const NAME = /^[A-Za-z0-9_.-]{1,64}$/

/**
 * Reads `pbx1=esl://:secret@10.0.0.5:8021?cdr=/var/log/cdr,pbx2=esl://…`. Throws an Error that names the entry by its
 * place and says what is wrong, and never shows what was written, since passwords stand in it.
 */
export function parseEslSwitches(text: string): SwitchSetting[] {
  const switches = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map(parseEntry)
  const names = new Set<string>()
  for (const { name } of switches) {
    if (names.has(name)) throw new Error(`ESL_SWITCHES: the name ${name} stands twice`)
    names.add(name)
  }
  return switches
}

function parseEntry(entry: string, index: number): SwitchSetting {
  const wrong = (what: string) =>
    new Error(`ESL_SWITCHES, entry ${index + 1}: ${what}. Write name=esl://:password@host:8021`)
  const equals = entry.indexOf('=')
  const name = entry.slice(0, Math.max(0, equals))
  if (!NAME.test(name))
    throw wrong('the name must be 1 to 64 letters, digits, dots, dashes or underscores, followed by =')
  let url: URL
  try {
    url = new URL(entry.slice(equals + 1))
  } catch {
    throw wrong('the address is no URL; characters such as @ : / # % , in a password must be percent-encoded')
  }
  if (url.protocol !== 'esl:') throw wrong('the address must start with esl://')
  if (url.hostname === '') throw wrong('the host is missing')
  if (url.password === '') throw wrong('the password is missing')
  if (url.port === '0') throw wrong('the port must be 1 to 65535')
  if (url.pathname !== '' && url.pathname !== '/') throw wrong('nothing may stand between the port and ?')
  for (const option of url.searchParams.keys()) if (option !== 'cdr') throw wrong('after ? only cdr=/folder is known')
  const cdrFolder = url.searchParams.get('cdr') ?? undefined
  if (cdrFolder === '') throw wrong('the folder after cdr= is missing')
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = url.port === '' ? 8021 : Number(url.port)
  const [user, password] = [decoded(url.username), decoded(url.password)]
  if (user === undefined || password === undefined)
    throw wrong('user and password must be percent-encoded (% itself as %25) and hold no control characters')
  return { name, address: { host, port, user, password }, cdrFolder }
}

/** Undefined when it is no percent-encoding, or holds what would end the command that carries it. */
function decoded(text: string): string | undefined {
  try {
    return safeCommand(decodeURIComponent(text))
  } catch {
    return undefined
  }
}
