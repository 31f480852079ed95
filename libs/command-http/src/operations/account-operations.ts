import { ROLES } from '@trunkline/access'
import { ACCOUNT_OPERATIONS, type AccountOperation } from '@trunkline/accounts'
import { Problem } from '../rest/problem.js'
import { REST_PREFIX } from '../rest/rest-prefix.js'
import type { RestOperation } from '../rest/rest-operation.js'

/** Log in, tokens and accounts, as `@trunkline/accounts` declares them. */
export const accountOperations: readonly RestOperation[] = ACCOUNT_OPERATIONS.map(accountOperation)

function accountOperation(operation: AccountOperation): RestOperation {
  const { name, summary, needsToken, rest, input, output } = operation
  return {
    id: name,
    summary,
    group: 'Accounts',
    method: rest.method,
    path: rest.path.slice(REST_PREFIX.length),
    // Who may do what is for the accounts to say: most of it depends on whose account it is.
    roles: needsToken ? ROLES : 'anyone',
    input,
    command: false,
    answers: { 200: { description: 'Done', schema: output } },
    async run({ viewer, input, address }, { accounts }) {
      if (accounts === undefined) throw new Problem('NO_ACCOUNTS')
      return { status: 200, body: await operation.run({ accounts, viewer, address }, input) }
    },
  }
}
