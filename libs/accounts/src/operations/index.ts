import type { AccountOperation } from './account-operation.js'
import { DIRECTORY_OPERATIONS } from './directory-operations.js'
import { LOGIN_OPERATIONS } from './login-operations.js'

export type { AccountOperation, OperationContext } from './account-operation.js'

/** All operations on accounts. */
export const ACCOUNT_OPERATIONS: readonly AccountOperation[] = [...LOGIN_OPERATIONS, ...DIRECTORY_OPERATIONS]
