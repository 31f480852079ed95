import type { z } from 'zod'
import { Problem } from '../rest/problem.js'

/** The input as its schema has it. Throws INVALID with each field and its rule, without values. */
export function parseInput<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  throw new Problem('INVALID', {
    errors: parsed.error.issues.map((issue) => ({
      field: fieldOf(issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0]!] : issue.path),
      rule: issue.code === 'unrecognized_keys' ? 'is no field of this operation' : ruleOf(issue),
    })),
  })
}

/** Rules of ours begin with a verb; those of the library are told in its words, which name types and bounds only. */
function ruleOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return `must be ${issue.expected}`
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.map(String).join(', ')}`
  return issue.message
}

/** `users[3].limits.concurrentCalls` */
function fieldOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`
    const name = String(part).slice(0, 64)
    return text === '' ? name : `${text}.${name}`
  }, '')
}
