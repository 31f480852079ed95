/** Characters that end or split a header, part folders, or turn the direction of writing to disguise a name. */
const HARMFUL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}/\\]/gu
const MOST_CHARACTERS = 150

/**
 * The header `Content-Disposition` (RFC 6266) that proposes a file name: in ASCII for old clients, and in full by
 * RFC 8187. Whatever the name holds, the result is one line of visible ASCII and proposes no path.
 */
export function contentDisposition(type: 'attachment' | 'inline', filename?: string): string {
  const name = harmless(filename ?? '')
  if (name === '') return type
  const ascii = name.replace(/[^ !#$&'()+,\-.0-9;=@A-Z[\]^_`a-z{}~]/g, '_')
  const plain = `${type}; filename="${ascii}"`
  return ascii === name ? plain : `${plain}; filename*=UTF-8''${percentEncoded(name)}`
}

function harmless(filename: string): string {
  const name = filename.toWellFormed().replace(HARMFUL, '_').trim()
  // A leading dot would hide the file, and `..` is a folder.
  return Array.from(name.replace(/^\.+/, '_')).slice(0, MOST_CHARACTERS).join('')
}

/** RFC 8187, 3.2.1: `encodeURIComponent` leaves five characters alone that are not allowed there. */
function percentEncoded(text: string): string {
  return encodeURIComponent(text).replace(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16)}`)
}
