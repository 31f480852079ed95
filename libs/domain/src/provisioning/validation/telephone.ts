import type { Fault } from '../core/provisioning-error.js'

/** ITU-T E.164: + and up to 15 digits, the first not 0. 7 is less than any number of a person has. */
export function validateE164(field: string, value: string): Fault[] {
  if (/^\+[1-9][0-9]{6,14}$/.test(String(value))) return []
  return [{ field, rule: 'must be an E.164 number: + and 7 to 15 digits, the first not 0' }]
}

/** Number of a room, queue or menu within a tenant. */
export function validateExtension(field: string, value: string): Fault[] {
  if (/^\*?[0-9]{2,15}$/.test(String(value))) return []
  return [{ field, rule: 'must be 2 to 15 digits, or * and 2 to 15 digits' }]
}

/** Beginning of a dialled number; '' fits every number. */
export function validatePrefix(field: string, value: string): Fault[] {
  if (/^\+?[0-9]{0,15}$/.test(String(value)) && value !== '+') return []
  return [{ field, rule: 'must be up to 15 digits, with or without + before them' }]
}

/** A caller as it may show up: digits with or without +, or a SIP name. */
export function validateCaller(field: string, value: string): Fault[] {
  if (/^[A-Za-z0-9+][A-Za-z0-9_.+-]{0,63}$/.test(String(value))) return []
  return [{ field, rule: 'must be a number or a SIP name of at most 64 characters' }]
}
