import { ProvisioningError, type Fault } from '@trunkline/domain'
import { z } from 'zod'

const MOST_FAULTS = 100

/** The input as its schema has it. Throws `ProvisioningError` INVALID with the path and the rule of each fault, never a value. */
export function checkInput<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input ?? {})
  if (parsed.success) return parsed.data
  throw new ProvisioningError('INVALID', faultsOf(parsed.error.issues).slice(0, MOST_FAULTS))
}

type Issue = z.core.$ZodIssue

export function faultsOf(issues: readonly Issue[]): Fault[] {
  return issues.flatMap((issue): Fault[] => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ field: pathOf([...issue.path, printable(key)]), rule: 'is not known here' }))
    }
    return [{ field: pathOf(issue.path), rule: ruleOf(issue) }]
  })
}

function ruleOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.message.startsWith('must ')) return issue.message
      return issue.message.endsWith('received undefined')
        ? `must be given (${issue.expected})`
        : `must be of type ${issue.expected}`
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`
    case 'invalid_union':
      return 'must be one of the known kinds'
    default:
      return issue.message.startsWith('must ') ? issue.message : 'must be as documented'
  }
}

/** As aggregates name fields: `settings.hosts[0].port`. */
function pathOf(path: readonly PropertyKey[]): string {
  return path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i === 0 ? '' : '.'}${String(part)}`))
    .join('')
}

/** A name that a caller made up. */
function printable(key: string): string {
  return key.replace(/[^A-Za-z0-9_.-]/g, '?').slice(0, 64)
}
