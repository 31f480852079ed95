/** An Event Socket event after JSON decoding: header names to values; repeated headers are arrays. */
export type SwitchEvent = Readonly<Record<string, string | readonly string[] | undefined>>

/** First value of a header, undefined when missing or empty. */
export function text(event: SwitchEvent, name: string): string | undefined {
  const value = event[name]
  const first = typeof value === 'string' ? value : Array.isArray(value) ? String(value[0] ?? '') : undefined
  return first === undefined || first === '' ? undefined : first
}

/** A header as a non-negative integer, undefined when missing or not a number. */
export function integer(event: SwitchEvent, name: string): number | undefined {
  const value = text(event, name)
  if (value === undefined) return undefined
  const number = Number(value)
  return Number.isSafeInteger(number) && number >= 0 ? number : undefined
}
