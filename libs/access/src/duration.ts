const UNITS = { s: 1, m: 60, h: 3600, d: 86_400 } as const

/** Reads `90s`, `15m`, `1h`, `30d` as seconds; undefined for anything else, for 0 and for more than a year. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,8})([smhd])$/.exec(text)
  if (match === null) return undefined
  const seconds = Number(match[1]) * UNITS[match[2] as keyof typeof UNITS]
  return seconds > 0 && seconds <= 366 * UNITS.d ? seconds : undefined
}
