/** `npm run start:provisioner`: brings what is provisioned to Kamailio and FreeSWITCH, and answers FreeSWITCH's questions. */
import { startRestServer, VAULT_KEY_MISSING, vaultKeysOf } from '@trunkline/command-http'
import { parseEslSwitches } from '@trunkline/esl'
import { parseKamailioNodes } from '@trunkline/kamailio-listening'
import { startProvisioner } from '@trunkline/provisioner'
import { createThings } from '@trunkline/provisioning-views'
import { runApp, shareDataDir, whenAvailable } from '@trunkline/runtime'
import { openEventStore, openViewStore } from '@trunkline/stores'
import { createVault } from '@trunkline/vault'
import { mountXmlCurl } from '@trunkline/xml-curl'

await runApp({
  name: 'provisioner',
  usage: `usage: npm run start:provisioner [-- --help | --version]

Brings what is provisioned to Kamailio (KAMAILIO_DATABASE_URL, KAMAILIO_NODES, FREESWITCH_SIP) and to the switches of
ESL_SWITCHES, compares what is there with what is wanted, and answers mod_xml_curl at /freeswitch/xml (XML_CURL_SECRET).
Needs VAULT_KEY, the event store and the views, both in DATA_DIR, or in KurrentDB (KURRENTDB_URL) and MySQL (MYSQL_URL). A
projector must run on the same stores. Any number of provisioners may run: they take turns.
Health and metrics are served on HOST and PORT.
`,
  start: async ({ config, logger, health, metrics, shutdown }) => {
    const keys = vaultKeysOf(config)
    if (keys === undefined) throw new Error(VAULT_KEY_MISSING)
    const kamailioNodes = config.kamailioNodes === undefined ? [] : parseKamailioNodes(config.kamailioNodes)
    const switches = config.eslSwitches === undefined ? [] : parseEslSwitches(config.eslSwitches)
    const isShared = config.kurrentdbUrl !== undefined && config.mysqlUrl !== undefined
    if (!isShared) shutdown.add('lock', shareDataDir(config.dataDir, 'provisioner'))
    const eventStore = await openEventStore(config)
    shutdown.add('event store', () => eventStore.close())
    const store = await openViewStore(config)
    shutdown.add('view store', () => store.close())
    let running = false
    health.addReady('started', () => ({ ok: running }))
    const vault = await whenAvailable(() => createVault({ store, ...keys }), { name: 'view store', logger })
    const things = createThings(store)
    const { xmlCurlSecret: secret, freeswitchGateways: gateways, kamailioDatabaseUrl, freeswitchSip } = config
    const server = await startRestServer({
      ...config,
      health,
      metrics,
      routes: (app) => mountXmlCurl(app, { things, vault, secret, logger, metrics, options: { gateways } }),
    })
    shutdown.add('health and XML', () => server.close())
    const look = () => store.all('SELECT id FROM provisioned LIMIT 1')
    await whenAvailable(look, { name: 'views, which a projector makes', logger, isLater: isYetToCome })
    const targets = { kamailioDatabaseUrl, kamailioNodes, freeswitchSip, freeswitchGateways: gateways, switches }
    const provisioner = await startProvisioner({
      store,
      things,
      vault,
      eventStore,
      logger,
      metrics,
      health,
      ...targets,
    })
    shutdown.add('provisioner', () => provisioner.close())
    running = true
    const names = provisioner.status().map(({ target }) => target)
    const what =
      names.length === 0 ? 'nothing: neither KAMAILIO_DATABASE_URL nor ESL_SWITCHES is set' : names.join(', ')
    return `The provisioner looks after ${what}; health, metrics and /freeswitch/xml at ${server.url}`
  },
})

/** The store is away, or nobody has made its tables yet. */
function isYetToCome(error: unknown): boolean {
  const { retryable, message } = error as { retryable?: unknown; message?: unknown }
  return retryable === true || /no such table|doesn't exist/i.test(String(message))
}
