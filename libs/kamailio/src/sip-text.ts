/** Small readings of SIP text. None of them throws: what comes from the wire may be anything. */

/** `sip:bob@Example.org:5060;transport=tcp` → `bob@example.org`. Text that is no SIP URI stays as it is. */
export function addressOf(uri: string): string {
  const match = /^<?(?:sips?|tel):([^;?>]*)/i.exec(uri)
  if (match === null) return uri
  const [, rest = ''] = match
  const at = rest.lastIndexOf('@')
  if (at < 0) return rest
  return `${rest.slice(0, at).replace(/:.*$/s, '')}@${rest
    .slice(at + 1)
    .replace(/:\d+$/, '')
    .toLowerCase()}`
}

/** A gateway's URI without parameters and with its port, so that a source address names the same gateway. */
export function gatewayOf(uri: string): string {
  const match = /^(sips?):(?:[^@]*@)?(\[[^\]]*\]|[^:;?]+)(?::(\d+))?/i.exec(uri)
  if (match === null) return uri
  const [, scheme = 'sip', host = '', port] = match
  return `${scheme.toLowerCase()}:${host.toLowerCase()}:${port ?? (scheme.toLowerCase() === 'sips' ? '5061' : '5060')}`
}

/** A display name without its quotes and escapes (RFC 3261, section 25.1). */
export function displayName(text: string): string {
  return /^".*"$/s.test(text) ? text.slice(1, -1).replace(/\\(.)/gs, '$1') : text
}

/** The URI of a Contact header's first value: between angle brackets, or what stands before the parameters; or `*`. */
export function contactUri(header: string): string {
  const bracketed = /^\s*(?:"(?:[^"\\]|\\.)*"|[^<"]*)\s*<([^>]*)>/s.exec(header)
  return bracketed?.[1] ?? header.trim()
}

/** What follows the last @, undefined without one. */
export function domainOf(address: string): string | undefined {
  const at = address.lastIndexOf('@')
  return at < 0 ? undefined : address.slice(at + 1)
}
