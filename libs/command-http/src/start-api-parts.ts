import { createAccess, developmentSecret, type Access } from '@trunkline/access'
import { createAccounts, type Accounts } from '@trunkline/accounts'
import type { EventLogReader, EventStore, ViewStore } from '@trunkline/ports'
import { createThings } from '@trunkline/provisioning-views'
import { versionOfProject, whenAvailable, type AppParts } from '@trunkline/runtime'
import { startWebhooks } from '@trunkline/webhooks'
import type { FastifyInstance } from 'fastify'
import type { RestLimits } from './rest/register-rest.js'
import type { RestServices } from './rest/rest-services.js'
import { restApi } from './rest/rest-api.js'
import { startWriteSide, VAULT_KEY_MISSING, vaultKeysOf, type RunningWriteSide } from './write-side.js'

export interface ApiParts {
  /** Checks tokens, and that their sessions last. */
  readonly access: Access
  /** Signs tokens in this process; undefined when others do (JWT_JWKS_URL). */
  readonly secret: string | undefined
  readonly accounts: Accounts | undefined
  /** Undefined: no commands are taken, and the log says why. */
  readonly writeSide: RunningWriteSide | undefined
  /** What REST and GraphQL work on. */
  readonly services: RestServices
  /** Mounts the REST API. */
  readonly routes: (server: FastifyInstance) => void
  /** The same, with other limits. */
  routesWith(limits: Partial<RestLimits>): (server: FastifyInstance) => void
}

export interface ApiStores {
  /** Where presence is told, for webhooks; without it there are none in this process. */
  readonly log?: EventLogReader | undefined
  readonly eventStore: EventStore
  readonly store: ViewStore
}

/** What every app that has an API of commands is made of; each part is stopped by `shutdown`. Waits for stores that are away. */
export async function startApiParts(
  { config, logger, metrics, shutdown }: Pick<AppParts, 'config' | 'logger' | 'metrics' | 'shutdown'>,
  { eventStore, store, log }: ApiStores,
): Promise<ApiParts> {
  const { dataDir, jwksUrl, kamailioNodes, phoneServer } = config
  const secret = config.jwtSecret ?? (jwksUrl === undefined ? developmentSecret(dataDir) : undefined)
  const checker = createAccess({ secret, jwksUrl })
  const keys = vaultKeysOf(config)
  if (keys === undefined) logger.warn(`commands are refused: ${VAULT_KEY_MISSING}`)
  const accounts = await whenAvailable(
    async () => (secret === undefined ? undefined : createAccounts({ store, secret, logger })),
    { name: 'view store', logger },
  )
  if (accounts !== undefined) shutdown.add('accounts', () => accounts.close())
  const writeSide = await whenAvailable(
    async () =>
      keys === undefined ? undefined : startWriteSide({ eventStore, viewStore: store, keys, logger, phoneServer }),
    { name: 'event store and view store', logger },
  )
  if (writeSide !== undefined) shutdown.add('commands', () => writeSide.close())
  const allowPrivate = config.webhooksPrivate
  const webhooks =
    writeSide === undefined || log === undefined
      ? undefined
      : await startWebhooks({ store, eventStore, log, vault: writeSide.vault, logger, metrics, allowPrivate })
  if (webhooks !== undefined) shutdown.add('webhooks', () => webhooks.close())
  const access = accounts?.guard(checker) ?? checker
  const things = writeSide?.things ?? createThings(store)
  const version = versionOfProject()
  const services: RestServices = {
    access,
    things,
    store,
    logger,
    writeSide,
    accounts,
    webhooks,
    phoneServer,
    kamailioNodes,
    version,
  }
  const routesWith = (limits: Partial<RestLimits>) => restApi(services, limits)
  return { access, secret, accounts, writeSide, services, routes: routesWith({}), routesWith }
}
