export { startProvisioner, type Provisioner, type ProvisionerOptions } from './start-provisioner.js'
export {
  driftOf,
  readReconciliations,
  requestReconcile,
  type Reconciliation,
  type ReconcileReason,
} from './reactor/reconciliations.js'
export { PROVISIONER_TABLES } from './reactor/tables.js'
export type { Drift } from './reactor/target.js'
export type { Item, ItemState } from './reactor/item.js'
export type { TargetStatus, WorkerTiming } from './reactor/worker-options.js'
