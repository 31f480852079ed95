import { COMMANDS } from '@trunkline/commands'
import type { RestOperation } from '../rest/rest-operation.js'
import { accountOperations } from './account-operations.js'
import { auditOperations } from './audit-operations.js'
import { banOperations } from './ban-operations.js'
import { bulkOperations } from './bulk-operations.js'
import { commandOperation } from './command-operation.js'
import { phoneOperations } from './phone-operations.js'
import { reconcileOperations } from './reconcile-operations.js'
import { thingOperations } from './thing-operations.js'
import { webhookOperations } from './webhook-operations.js'

/** Everything that the REST API can do. */
export const REST_OPERATIONS: readonly RestOperation[] = [
  ...COMMANDS.map(commandOperation),
  ...thingOperations,
  ...bulkOperations,
  ...phoneOperations,
  ...auditOperations,
  ...reconcileOperations,
  ...banOperations,
  ...webhookOperations,
  ...accountOperations,
]
