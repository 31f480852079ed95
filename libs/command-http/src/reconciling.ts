import type { ViewStore } from '@trunkline/ports'
import type { Reconciliation } from '@trunkline/provisioner'

/** Asks the provisioner, wherever it runs, by way of the view store. */
export interface Reconciling {
  /** Has all targets compared with what is wanted; gives the id of the request. */
  request(): Promise<string>
  /** The last comparisons, the newest first. */
  list(): Promise<Reconciliation[]>
}

/** The provisioner's library is loaded when it is first asked for: it brings clients of switches along. */
export function reconcilingBy(store: ViewStore): Reconciling {
  return {
    async request() {
      const { requestReconcile } = await import('@trunkline/provisioner')
      return requestReconcile(store)
    },
    async list() {
      const { PROVISIONER_TABLES, readReconciliations } = await import('@trunkline/provisioner')
      await store.createTables(PROVISIONER_TABLES)
      return readReconciliations(store)
    },
  }
}
