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
    throw wrong('the address is no URL; characters such as @ : / # % in a password must be percent-encoded')
  }
  if (url.protocol !== 'esl:') throw wrong('the address must start with esl://')
  if (url.hostname === '') throw wrong('the host is missing')
  if (url.password === '') throw wrong('the password is missing')
  const address = {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 8021 : Number(url.port),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  }
  return { name, address, cdrFolder: url.searchParams.get('cdr') ?? undefined }
}
