import { fitText, textLimit, type TableDefinition } from '@trunkline/ports'

/**
 * Text as it stands in a column of a key or index of this table: stores keep what is too long for an index cut, with a
 * hash of all of it, so that a filter by the whole text finds it.
 */
export function fitted(table: TableDefinition, text: string): string {
  return fitText(text, textLimit(table))
}
