import { createAccess, developmentSecret } from '@trunkline/access'
import { sessionAccess } from '@trunkline/accounts'
import { startApiParts, VAULT_KEY_MISSING, vaultKeysOf, type ApiParts } from '@trunkline/command-http'
import type { EventLogReader, ViewStore } from '@trunkline/ports'
import { DataDirInUseError, shareDataDir, type AppParts } from '@trunkline/runtime'
import { openEventStore, openViewStore } from '@trunkline/stores'

export type Mutations = Pick<ApiParts, 'access'> & Partial<Pick<ApiParts, 'services'>>

/** Starts what takes mutations, on a view store that can be written; without, what checks tokens, and the log says why. */
export async function startMutations(
  parts: AppParts,
  { store: reader, log }: { readonly store: ViewStore; readonly log: EventLogReader },
): Promise<Mutations> {
  const { config, logger, shutdown } = parts
  const refusal = refusalOf(parts)
  if (refusal === undefined) {
    const eventStore = await openEventStore(config)
    shutdown.add('event store', () => eventStore.close())
    const store = await openViewStore(config)
    shutdown.add('view store of commands', () => store.close())
    return startApiParts(parts, { eventStore, store, log })
  }
  logger.warn(`mutations are refused: ${refusal}`)
  const { dataDir, jwksUrl } = config
  const secret = config.jwtSecret ?? (jwksUrl === undefined ? developmentSecret(dataDir) : undefined)
  const access = sessionAccess({ access: createAccess({ secret, jwksUrl }), store: reader })
  return { access }
}

/** Why this process takes no mutations; undefined when it does, and then it has its share of the data folder. */
function refusalOf({ config, shutdown }: AppParts): string | undefined {
  const { dataDir, kurrentdbUrl, mysqlUrl } = config
  if (vaultKeysOf(config) === undefined) return VAULT_KEY_MISSING
  if (mysqlUrl !== undefined && kurrentdbUrl === undefined) {
    return 'with MYSQL_URL the event store must be KurrentDB (KURRENTDB_URL), or else each process would have its own'
  }
  if (mysqlUrl !== undefined) return undefined
  try {
    shutdown.add('lock', shareDataDir(dataDir, 'graphql'))
    return undefined
  } catch (error) {
    if (error instanceof DataDirInUseError) return `${error.message} Send them there.`
    throw error
  }
}
