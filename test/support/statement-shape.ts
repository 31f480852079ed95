/** What is left of a statement without its values: enough to tell the kinds of statements that were sent. */

const VALUE = /`[^`]*`|'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|(?<![\w@])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?\b|\bNULL\b/gis
const KEEPS_NULL = /\b(NOT|IS|DEFAULT)\s+$/i

/** Each value as `?`, lists of values as one, space by space. Names in backticks stay, and types with their lengths. */
export function shapeOf(statement: string): string {
  const isDefinition = /^\s*(CREATE|ALTER|SET)\b/i.test(statement)
  return (isDefinition ? statement : withoutValues(statement))
    .replace(/\s+/g, ' ')
    .replace(/\(\?(, \?)*\)(, ?\(\?(, \?)*\))+/g, (tuples) => tuples.slice(0, tuples.indexOf(')') + 1))
    .replace(/\bin \(\?(, \?)+\)/gi, (list) => `${list.slice(0, 2)} (?)`)
    .replace(/\bin \((\(\?(?:, \?)*\))\)/gi, 'IN ($1)')
    .trim()
}

function withoutValues(statement: string): string {
  return statement.replace(VALUE, (value, at: number) => {
    if (value.startsWith('`')) return value
    if (/^null$/i.test(value) && KEEPS_NULL.test(statement.slice(0, at))) return value
    return '?'
  })
}

/** A statement of this shape. */
export function valuesFilledIn(shape: string): string {
  return shape
    .replace(/\b(limit|offset) \?/gi, '$1 1')
    .replace(/`[^`]*`|\?/g, (found) => (found === '?' ? "'x'" : found))
}
