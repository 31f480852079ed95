export { startProvisioner, type Provisioner, type ProvisionerOptions } from './start-provisioner.js'
export {
  driftOf,
  readReconciliations,
  requestReconcile,
  type Reconciliation,
  type ReconcileReason,
} from './work/reconciliations.js'
export { PROVISIONER_TABLES } from './work/tables.js'
export type { Drift } from './work/target.js'
export type { Item, ItemState } from './work/item.js'
export type { TargetStatus, WorkerTiming } from './work/worker-options.js'
