/** Header blocks of the Event Socket: lines of `Name: value`, one byte a character (latin1). */

/** Lines without a colon are no headers and are passed over; of a repeated header the last counts. */
export function parseHeaders(block: string): Map<string, string> {
  const headers = new Map<string, string>()
  for (let at = 0; at < block.length;) {
    let end = block.indexOf('\n', at)
    if (end < 0) end = block.length
    const colon = block.indexOf(':', at)
    if (colon >= at && colon < end) headers.set(block.slice(at, colon), block.slice(colon + 1, end).trim())
    at = end + 1
  }
  return headers
}

/** A length that is no plain number counts as none. */
export function lengthOf(headers: ReadonlyMap<string, string>): number {
  const value = headers.get('Content-Length')
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : 0
}

/**
 * Whether a block cannot be the head of a frame: the length before it lied, and the rest of a body stands in front of
 * the real head. Every frame has a type, and every event has a length.
 */
export function isMisaligned(headers: ReadonlyMap<string, string>): boolean {
  const type = headers.get('Content-Type')
  return type === undefined || (type.startsWith('text/event-') && !headers.has('Content-Length'))
}

/** The real head at the end of a misaligned block, as far as there is one. */
export function salvageHeaders(block: string): Map<string, string> {
  const starts = [block.lastIndexOf('Content-Length: '), block.lastIndexOf('Content-Type: ')].filter((at) => at >= 0)
  return starts.length === 0 ? new Map() : parseHeaders(block.slice(Math.min(...starts)))
}
