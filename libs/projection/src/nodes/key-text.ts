import { createHash } from 'node:crypto'

const LONGEST = 191

/** Text that fits a key column. What is too long is cut and told apart by a hash of all of it. */
export function keyText(text: string): string {
  if (text.length <= LONGEST) return text
  return `${text.slice(0, LONGEST - 33)}#${createHash('sha256').update(text).digest('hex').slice(0, 32)}`
}
