import type { Fault } from '../core/provisioning-error.js'

/**
 * User part of a SIP address: of RFC 3261 (25.1, `unreserved` and `user-unreserved`) only what needs no escape in
 * dial strings, XML, SQL and regular expressions of the switches. 64 is the width of Kamailio's `subscriber.username`
 * and `dbaliases.alias_username`.
 */
export function validateSipName(field: string, value: string): Fault[] {
  if (/^[A-Za-z0-9+][A-Za-z0-9_.+-]{0,63}$/.test(String(value))) return []
  return [{ field, rule: 'must be 1 to 64 of A-Z a-z 0-9 _ . + - and begin with a letter, digit or +' }]
}

/** What a person can dial: a SIP name, or digits with * and #. */
export function validateDialled(field: string, value: string): Fault[] {
  if (/^[A-Za-z0-9+*#][A-Za-z0-9_.+*#-]{0,63}$/.test(String(value))) return []
  return [{ field, rule: 'must be 1 to 64 of A-Z a-z 0-9 _ . + * # -' }]
}
