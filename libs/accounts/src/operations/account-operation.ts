import type { Viewer } from '@trunkline/access'
import { z } from 'zod'
import { AccountError, type FieldFault } from '../account-error.js'
import type { Accounts } from '../create-accounts.js'

export interface OperationContext {
  readonly accounts: Accounts
  /** As its token proves; undefined when there was none that is valid. */
  readonly viewer: Viewer | undefined
  /** IP address of the client. */
  readonly address: string
}

/** One operation on accounts: REST, OpenAPI and GraphQL are made of this alone. */
export interface AccountOperation {
  readonly name: string
  /** One line for the documents. */
  readonly summary: string
  readonly kind: 'query' | 'mutation'
  readonly needsToken: boolean
  /** Names of input fields stand in braces. Of a GET the other fields are query parameters, else they are the body. */
  readonly rest: { readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'; readonly path: string }
  readonly input: z.ZodObject
  readonly output: z.ZodType
  /** Checks the input, then does it. Rejects with `AccountError`, or a retryable error of the store. */
  run(context: OperationContext, input: unknown): Promise<unknown>
}

interface Parts<I extends z.ZodObject, O extends z.ZodType> extends Omit<
  AccountOperation,
  'run' | 'input' | 'output' | 'needsToken'
> {
  readonly input: I
  readonly output: O
}

interface Open extends OperationContext {
  readonly caller: { readonly address: string }
}
interface Proved extends Open {
  readonly viewer: Viewer
}

/** For everybody. */
export function openOperation<I extends z.ZodObject, O extends z.ZodType>(
  parts: Parts<I, O> & { run(context: Open, input: z.output<I>): Promise<z.input<O>> },
): AccountOperation {
  return {
    ...parts,
    needsToken: false,
    run: async (context, input) =>
      parts.output.parse(
        await parts.run({ ...context, caller: { address: context.address } }, read(parts.input, input)),
      ),
  }
}

/** For those who have a token. */
export function provedOperation<I extends z.ZodObject, O extends z.ZodType>(
  parts: Parts<I, O> & { run(context: Proved, input: z.output<I>): Promise<z.input<O>> },
): AccountOperation {
  return {
    ...parts,
    needsToken: true,
    run: async (context, input) => {
      const { viewer, address } = context
      if (viewer === undefined) throw new AccountError('UNAUTHENTICATED')
      return parts.output.parse(await parts.run({ ...context, viewer, caller: { address } }, read(parts.input, input)))
    },
  }
}

function read<I extends z.ZodObject>(schema: I, input: unknown): z.output<I> {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  throw new AccountError('INVALID', { faults: parsed.error.issues.map(faultOf) })
}

/** Names of fields that are not known may be anything, a password in the wrong place too. */
function faultOf(issue: z.core.$ZodIssue): FieldFault {
  const field = issue.path.map(String).join('.')
  if (issue.code === 'unrecognized_keys') return { field, rule: 'must have no other fields' }
  return { field, rule: issue.message }
}
