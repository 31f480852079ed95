import type { WriteSide } from '@trunkline/command-http'
import type { EventStore, ViewStore } from '@trunkline/ports'
import { startProvisioner, type Provisioner } from '@trunkline/provisioner'
import type { AppParts } from '@trunkline/runtime'
import type { Sources } from './listeners.js'

interface Stores {
  readonly store: ViewStore
  readonly eventStore: EventStore
}

/** Brings what is provisioned to what is configured; undefined when that is nothing, or credentials cannot be opened. */
export async function startProvisioning(
  { config, logger, metrics, health, shutdown }: AppParts,
  { switches, nodes }: Sources,
  { store, eventStore, writeSide }: Stores & { readonly writeSide: WriteSide | undefined },
): Promise<Provisioner | undefined> {
  const { kamailioDatabaseUrl, freeswitchGateways, freeswitchSip } = config
  if (writeSide === undefined || (kamailioDatabaseUrl === undefined && switches.length === 0)) return undefined
  const { things, vault } = writeSide
  const provisioner = await startProvisioner({
    store,
    eventStore,
    things,
    vault,
    kamailioDatabaseUrl,
    kamailioNodes: nodes,
    freeswitchSip,
    freeswitchGateways,
    switches,
    logger,
    metrics,
    health,
  })
  shutdown.add('provisioner', () => provisioner.close())
  return provisioner
}
