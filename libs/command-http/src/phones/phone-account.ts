/** What a phone must know to register. */
export interface PhoneAccount {
  readonly username: string
  /** SIP domain, which is the realm too. */
  readonly domain: string
  /** host or host:port that requests are sent to; undefined when that is the domain. */
  readonly server: string | undefined
  /** Null when the caller did not give it: a placeholder stands in its place. */
  readonly password: string | null
  readonly displayName: string | null
  /** Id of an app at Acrobits, whose QR code leads to it. */
  readonly cloudId: string | null
}

export const PASSWORD_PLACEHOLDER = '(password)'

export const passwordOf = ({ password }: PhoneAccount) => password ?? PASSWORD_PLACEHOLDER

/** Name for the display: without characters that end a line, and never empty. */
export function labelOf({ displayName, username }: PhoneAccount): string {
  const label = (displayName ?? '').replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim()
  return label === '' ? username : label
}

/** Host and port of `host:port`, where an IPv6 address has brackets. */
export function splitServer(server: string): { readonly host: string; readonly port: number | undefined } {
  const match = /^(\[[^\]]+\]|[^:]+)(?::(\d{1,5}))?$/.exec(server)
  if (match === null) return { host: server, port: undefined }
  return { host: match[1]!, port: match[2] === undefined ? undefined : Number(match[2]) }
}
