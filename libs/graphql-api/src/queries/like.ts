import { sql, type RawBuilder } from 'kysely'
import type { ViewReader } from '@trunkline/ports'

type Dialect = ViewReader['dialect']

/** Shorter prefixes match too much for an index to be of use: the list is then walked in its own order. */
const SELECTIVE = 6

/** Longer than any name or number, and what an engine takes as a pattern. */
const LONGEST = 1000
/** Engines end a text at NUL here or there, so that more would match than was asked. */
const NUL = '\0'
const NEVER = sql<boolean>`1 = 0`

/** `column` holds `text` anywhere; letters of ASCII in either case. */
export function contains(dialect: Dialect, column: string, text: string): RawBuilder<boolean> {
  if (text.includes(NUL) || text.length > LONGEST) return NEVER
  const ref = sql.ref(column)
  if (dialect === 'sqlite') return sql<boolean>`${ref} like ${`%${escapePattern(text)}%`} escape '!'`
  // MySQL's lower() and its collations fold letters of all scripts, or none; a class of two letters is just these two
  return sql<boolean>`${ref} regexp ${eitherCase(text)}`
}

/** `column` begins with `text`, letter by letter. Long prefixes are written as a range, which an index can serve. */
export function startsWith(dialect: Dialect, column: string, text: string): RawBuilder<boolean> {
  if (text.includes(NUL) || text.length > LONGEST) return NEVER
  const ref = sql.ref(column)
  const next = successor(text)
  if (next !== undefined) return sql<boolean>`(${ref} >= ${text} and ${ref} < ${next})`
  if (dialect === 'sqlite') return sql<boolean>`substr(${ref}, 1, ${[...text].length}) = ${text}`
  // concat: a pattern over a bare column would make an engine try the index, which finds too many
  return sql<boolean>`concat(${ref}, '') like ${`${escapePattern(text)}%`} escape '!'`
}

function escapePattern(text: string): string {
  return text.replace(/[!%_]/g, (character) => `!${character}`)
}

/** A regular expression, of the kind that PCRE and ICU both take, for a text with letters of ASCII in either case. */
function eitherCase(text: string): string {
  const pattern = text
    .replace(/[\\^$.|?*+()[\]{}#&~-]/g, '\\$&')
    .replace(/[a-z]/gi, (letter) => `[${letter.toLowerCase()}${letter.toUpperCase()}]`)
  // a group, because what a parameter ends with counts: the store marks spaces there
  return `(?:${pattern})`
}

/** The first text after all that begin with `prefix`; undefined when a pattern must do. */
function successor(prefix: string): string | undefined {
  if (prefix.length < SELECTIVE || !/^[ -}]*$/.test(prefix)) return undefined
  return prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)
}
