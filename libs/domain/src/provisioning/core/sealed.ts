import * as s from '../../schema/schema.js'
import type { Fault } from './provisioning-error.js'

/**
 * Personal data that was sealed with the key of one person before it got here. Once the key is destroyed, nobody can
 * read it, although the events stay.
 */
export const sealedSchema = s.named(
  'Sealed',
  s.object({
    keyId: s.string("id of the person's key"),
    text: s.string('ciphertext in letters that Base64 and its URL form have, and . : between parts'),
  }),
)
export type Sealed = s.Static<typeof sealedSchema>

/** Sealed data is optional in commands: undefined leaves it as it is, null takes it away. */
export const SEALED_MAX = 4096

/** Refuses what cannot be ciphertext, so that a clear name or address does not slip in by mistake. */
export function validateSealed(field: string, value: Sealed | null | undefined): Fault[] {
  if (value === null || value === undefined) return []
  const faults: Fault[] = []
  if (!/^[A-Za-z0-9_.:-]{1,64}$/.test(String(value.keyId))) {
    faults.push({ field: `${field}.keyId`, rule: 'must be the id of a key: 1 to 64 of A-Z a-z 0-9 _ . : -' })
  }
  const text = String(value.text)
  if (text.length > SEALED_MAX || !/^[A-Za-z0-9+/=_.:-]{24,}$/.test(text)) {
    faults.push({
      field: `${field}.text`,
      rule: `must be sealed text of 24 to ${SEALED_MAX} characters, never clear text`,
    })
  }
  return faults
}
