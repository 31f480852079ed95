/** Facts about what a proxy does against who guesses passwords. */
import * as s from '../schema/schema.js'
import { declareEvent, type FactFrom } from './declaration.js'

const ban = {
  core: s.string('boot id'),
  seq: s.optional(s.integer('sequence within that process')),
  source: s.string('IP address'),
  user: s.optional(s.string('user@domain, when only this user is refused from there; attacker text')),
}

export const securityFacts = [
  declareEvent(
    'security.source_banned',
    1,
    'A source is silenced, or one user refused from it, for a while',
    s.object({
      ...ban,
      reason: s.oneOf(['password', 'scan'], 'wrong passwords of one user, or failures with many users'),
      count: s.optional(s.integer('how many distinct ones')),
      until: s.micros(),
    }),
  ),
  declareEvent(
    'security.ban_lifted',
    1,
    'A ban ran out, or an operator ended it',
    s.object({ ...ban, reason: s.oneOf(['expired', 'operator']) }),
  ),
] as const

export type SecurityFact = FactFrom<(typeof securityFacts)[number]>
