import { fitText } from '@trunkline/ports'

const LONGEST = 191

/** Text that fits a key column of every table here, as it is looked up and stored. */
export function keyText(text: string): string {
  return fitText(text, LONGEST)
}
