import { randomInt } from 'node:crypto'

/** Lower case and digits, which phones take without shifting, and none that looks like another: no 0 o 1 l i. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789'
const LENGTH = 24

/** A password for phones and people: 24 characters of 31, which is 118 random bits. */
export function newPassword(): string {
  return Array.from({ length: LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('')
}
