import type { Fault } from '../core/provisioning-error.js'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export function isUuid(value: unknown): boolean {
  return typeof value === 'string' && UUID.test(value)
}

/** Ids are UUIDs in lower case: fixed in length, safe in stream names, dial strings and XML. */
export function validateId(field: string, value: string): Fault[] {
  return isUuid(value) ? [] : [{ field, rule: 'must be a UUID in lower case' }]
}

export interface Bounds {
  readonly min: number
  readonly max: number
}

export function validateInteger(field: string, value: number, { min, max }: Bounds): Fault[] {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return []
  return [{ field, rule: `must be a whole number from ${min} to ${max}` }]
}

/** Null stands for no limit of its own. */
export function validateLimit(field: string, value: number | null, max: number): Fault[] {
  if (value === null) return []
  return validateInteger(field, value, { min: 1, max }).map(() => ({
    field,
    rule: `must be a whole number from 1 to ${max}, or null for no limit`,
  }))
}

export function validateOneOf(field: string, value: unknown, allowed: readonly unknown[]): Fault[] {
  return allowed.includes(value) ? [] : [{ field, rule: `must be one of ${allowed.join(', ')}` }]
}

export function validateBoolean(field: string, value: boolean): Fault[] {
  return typeof value === 'boolean' ? [] : [{ field, rule: 'must be true or false' }]
}

/** Text for people about a thing, never about a person: 1 to 64 characters, none of them a control character. */
export function validateLabel(field: string, value: string): Fault[] {
  const fits = typeof value === 'string' && value.length <= 64 && value.trim() === value && /^\P{C}+$/u.test(value)
  return fits ? [] : [{ field, rule: 'must be 1 to 64 printable characters without blanks at the ends' }]
}

/** A name that goes into files and dial strings of the switches. */
export function validateToken(field: string, value: string): Fault[] {
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(String(value))) return []
  return [{ field, rule: 'must be 1 to 64 of A-Z a-z 0-9 _ . - and begin with a letter or digit' }]
}

export function validateCount(field: string, list: readonly unknown[], { min, max }: Bounds): Fault[] {
  if (Array.isArray(list) && list.length >= min && list.length <= max) return []
  return [{ field, rule: countRule({ min, max }) }]
}

export const countRule = ({ min, max }: Bounds) => `must be a list of ${min} to ${max}`

/** Keys that stand more than once. */
export function validateUnique(field: string, keys: readonly string[]): Fault[] {
  const seen = new Set<string>()
  return keys.flatMap((key, i) => {
    if (seen.has(key)) return [{ field: `${field}[${i}]`, rule: 'must not repeat an earlier one' }]
    seen.add(key)
    return []
  })
}
