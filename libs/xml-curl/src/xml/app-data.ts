/**
 * Text that FreeSWITCH interprets: data of applications, dial strings, variables. Made by {@link appData} alone, so that
 * what was put into it has been looked at.
 */
export class AppData {
  constructor(readonly text: string) {}
}

/** Names, numbers, domains, ids, file names: nothing that means anything in dial strings, variables or arguments. */
const PLAIN = /^[A-Za-z0-9_.+*#@-]*$/

/** A value that should have been plain was not: a fault of ours or of the views, never the caller's to use. */
export class UnsafeAppDataError extends Error {
  readonly code = 'UNSAFE_APP_DATA'
  constructor() {
    super('a value would have meant something in a dial string or in the data of an application')
  }
}

/**
 * Tag for templates: what is written out is ours and stays as it is, `$${…}` and `${…}` too; what is put in must be
 * plain, a whole number or made the same way. Throws {@link UnsafeAppDataError}.
 */
export function appData(parts: TemplateStringsArray, ...values: readonly (string | number | AppData)[]): AppData {
  return new AppData(parts.map((part, i) => (i === 0 ? '' : plain(values[i - 1]!)) + part).join(''))
}

function plain(value: string | number | AppData): string {
  if (value instanceof AppData) return value.text
  const text = typeof value === 'number' && !Number.isSafeInteger(value) ? '$' : String(value)
  if (!PLAIN.test(text)) throw new UnsafeAppDataError()
  return text
}

/**
 * What people call a person or thing, fit to be shown and to be expanded: characters that mean something to FreeSWITCH
 * become blanks. At most 64 characters; empty when nothing is left.
 */
export function label(text: string): string {
  return text
    .replace(/[^\p{L}\p{M}\p{N} .@&+()_-]/gu, ' ')
    .replace(/ +/g, ' ')
    .slice(0, 64)
    .trim()
}
