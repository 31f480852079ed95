/** Characters that XML 1.0 (2.2) has no way to write, not even as a reference; lone surrogates are among them. */
const FORBIDDEN = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu

const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
}

/** Value of an attribute, whatever the text is. */
export function escapeXml(text: string): string {
  return text.replace(FORBIDDEN, '').replace(/[&<>"'\t\n\r]/g, (char) => REFERENCES[char]!)
}

/**
 * The same for text that is not ours. FreeSWITCH replaces `$${name}` by global variables, passwords among them, in
 * whatever it reads, before it is XML; a reference in place of the dollar keeps it from that.
 */
export function escapeForeign(text: string): string {
  return escapeXml(text).replaceAll('$', '&#36;')
}
