/** Text for an element of XML 1.0: characters that XML cannot hold are left out. */
export function escapeXml(text: string): string {
  return (
    text
      .replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      // a parser would take line ends for others
      .replaceAll('\r', '&#13;')
  )
}

/** A value that a line holds: what ends a line becomes a blank. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
}

/**
 * A value for a file that Windows reads with GetPrivateProfileString, which takes blanks at the ends and one pair of
 * quotes around the whole away: such values are put into quotes, which are taken away in their place.
 */
export function iniValue(text: string): string {
  const line = oneLine(text)
  return line !== line.trim() || /^(["']).*\1$/.test(line) ? `"${line}"` : line
}
