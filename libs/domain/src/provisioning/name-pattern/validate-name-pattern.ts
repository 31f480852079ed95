import type { Fault } from '../core/provisioning-error.js'
import { parseNamePattern } from './name-pattern.js'

export function validateNamePattern(field: string, text: string): Fault[] {
  const parsed = parseNamePattern(text)
  return 'rule' in parsed ? [{ field, rule: parsed.rule }] : []
}
