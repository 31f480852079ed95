import type { FieldFault } from './account-error.js'

const LEAST = 12
const MOST = 256
const LEAST_KINDS = 5

/** The same password whatever keyboard composed its letters (NIST SP 800-63B, 3.1.1.2). */
export const foldPassword = (password: string): string => password.normalize('NFKC')

/**
 * Length is what counts (NIST SP 800-63B): no rules about kinds of letters, but nothing that is easily guessed from the
 * name, and not one thing over and over.
 */
export function passwordFaults(password: string, name: string): FieldFault[] {
  const rules: string[] = []
  const letters = [...foldPassword(password)]
  if (letters.length < LEAST) rules.push(`must have at least ${LEAST} characters`)
  if (letters.length > MOST) rules.push(`must have at most ${MOST} characters`)
  if (new Set(letters).size < LEAST_KINDS) rules.push(`must have at least ${LEAST_KINDS} different characters`)
  if (isTooLikeName(foldPassword(password).toLowerCase(), name.toLowerCase())) {
    rules.push('must not be the name, nor mostly made of it')
  }
  return rules.map((rule) => ({ field: 'newPassword', rule }))
}

function isTooLikeName(password: string, name: string): boolean {
  const local = name.split('@')[0]!
  if (password === name || password.includes(name)) return true
  // what is left of it must be a password by itself
  return local.length >= 3 && password.includes(local) && password.replaceAll(local, '').length < LEAST
}
