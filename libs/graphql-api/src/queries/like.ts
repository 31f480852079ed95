import { sql, type RawBuilder } from 'kysely'

/** Shorter prefixes match too much for an index to be of use: the list is then walked in its own order. */
const SELECTIVE = 6

/** SQLite ends a pattern at NUL, so that it would match more than was asked. */
const NUL = '\0'
const NEVER = sql<boolean>`1 = 0`

/** `column` holds `text` anywhere; letters of ASCII in either case. */
export function contains(column: string, text: string): RawBuilder<boolean> {
  if (text.includes(NUL)) return NEVER
  return sql<boolean>`${sql.ref(column)} like ${`%${escapePattern(text)}%`} escape '!'`
}

/** `column` begins with `text`. Long prefixes are written as a range, which an index can serve. */
export function startsWith(column: string, text: string): RawBuilder<boolean> {
  if (text.includes(NUL)) return NEVER
  const ref = sql.ref(column)
  const next = successor(text)
  if (next === undefined) return sql<boolean>`${ref} like ${`${escapePattern(text)}%`} escape '!'`
  return sql<boolean>`(${ref} >= ${text} and ${ref} < ${next})`
}

function escapePattern(text: string): string {
  return text.replace(/[!%_]/g, (character) => `!${character}`)
}

/** The first text after all that begin with `prefix`; undefined when a pattern must do. */
function successor(prefix: string): string | undefined {
  if (prefix.length < SELECTIVE || !/^[ -}]*$/.test(prefix)) return undefined
  return prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)
}
