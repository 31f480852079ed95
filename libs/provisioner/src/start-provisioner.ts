import type { SwitchSetting } from '@trunkline/esl'
import { liftBan } from '@trunkline/kamailio'
import type { EventStoreReader, ViewStore } from '@trunkline/ports'
import type { Things } from '@trunkline/provisioning-views'
import type { HealthRegistry, Metrics } from '@trunkline/runtime'
import type { Vault } from '@trunkline/vault'
import { EslLink } from './freeswitch/esl-link.js'
import { FreeswitchTarget } from './freeswitch/freeswitch-target.js'
import { openKamailioDatabase } from './kamailio/database.js'
import { KamailioNode, type KamailioNodeAddress } from './kamailio/kamailio-node.js'
import { KamailioTarget } from './kamailio/kamailio-target.js'
import { Unlocks } from './kamailio/unlocks.js'
import { watchProvisioning } from './watch.js'
import { Numbers } from './reactor/numbers.js'
import { PROVISIONER_TABLES } from './reactor/tables.js'
import type { ProvisioningTarget } from './reactor/target.js'
import { TargetWorker } from './reactor/worker.js'
import type { TargetStatus, WorkerLogger, WorkerTiming } from './reactor/worker-options.js'

export interface ProvisionerOptions {
  readonly store: ViewStore
  readonly things: Things
  readonly vault: Pick<Vault, 'secrets'>
  /** Where unlocks are read from, and how far the views are is seen; without it bans are not lifted. */
  readonly eventStore?: Pick<EventStoreReader, 'read' | 'readAll'> | undefined
  /** Undefined: nothing is provisioned to Kamailio. */
  readonly kamailioDatabaseUrl?: string | undefined
  readonly kamailioNodes?: readonly KamailioNodeAddress[]
  /** Addresses of FreeSWITCH for set 1 of the dispatcher; none leaves the set to the operator. */
  readonly freeswitchSip?: readonly string[]
  readonly switches?: readonly SwitchSetting[]
  /** Whether trunks are gateways of FreeSWITCH; by default they are Kamailio's. */
  readonly freeswitchGateways?: boolean
  readonly logger: WorkerLogger
  readonly metrics?: Metrics
  readonly health?: HealthRegistry
  readonly timing?: WorkerTiming & { readonly reloadEveryMs?: number }
}

export interface Provisioner {
  /** There may be something new: look at once. */
  nudge(): void
  status(): readonly TargetStatus[]
  /** Ends what is under way, notes it, and lets others take over. */
  close(): Promise<void>
}

/** Brings what is provisioned to Kamailio and FreeSWITCH. Any number of processes may do so on one view store. */
export async function startProvisioner(options: ProvisionerOptions): Promise<Provisioner> {
  const { store, things, eventStore, logger, timing = {} } = options
  await store.createTables(PROVISIONER_TABLES)
  const workers = targetsOf(options).map(
    (target) => new TargetWorker({ store, things, eventStore, target, logger, timing }),
  )
  watchProvisioning(workers, options)
  for (const worker of workers) worker.start()
  return {
    nudge: () => workers.forEach((worker) => worker.nudge()),
    status: () => workers.map((worker) => worker.status()),
    async close() {
      await Promise.all(workers.map((worker) => worker.close()))
    },
  }
}

function targetsOf(options: ProvisionerOptions): ProvisioningTarget[] {
  const { things, switches = [], freeswitchGateways: gateways = false } = options
  const freeswitches = switches.map(
    ({ name, address }) => new FreeswitchTarget({ name, link: new EslLink(name, address), things, gateways }),
  )
  return [...kamailioOf(options), ...freeswitches]
}

function kamailioOf(options: ProvisionerOptions): KamailioTarget[] {
  const { store, things, vault, eventStore, kamailioDatabaseUrl, kamailioNodes = [], freeswitchSip = [] } = options
  if (kamailioDatabaseUrl === undefined) return []
  const { reloadEveryMs } = options.timing ?? {}
  const reload = reloadEveryMs === undefined ? {} : { reloadEveryMs }
  return [
    new KamailioTarget({
      database: openKamailioDatabase(kamailioDatabaseUrl),
      nodes: kamailioNodes.map((node) => new KamailioNode(node, reload)),
      store,
      things,
      vault,
      numbers: new Numbers(store),
      freeswitchSip,
      unlocks: new Unlocks({
        eventStore,
        liftBans: (node, { aor, source }) => liftBan(node, source === null ? { user: aor } : { source, user: aor }),
      }),
    }),
  ]
}
