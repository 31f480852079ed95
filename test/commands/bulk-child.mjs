// A process of its own that does bulks, from the built libraries.
// node bulk-child.mjs EVENTS_FILE VIEWS_FILE
import { createCommander } from '@trunkline/commands'
import { createThings } from '@trunkline/provisioning-views'
import { createLogger } from '@trunkline/runtime'
import { openSqliteEventStore, openSqliteViewStore } from '@trunkline/sqlite'
import { createVault } from '@trunkline/vault'

const [events, views] = process.argv.slice(2)
const eventStore = openSqliteEventStore({ file: events })
const viewStore = openSqliteViewStore({ file: views })
const logger = createLogger({ level: 'error', name: 'bulk-child', fd: 2 })
const vault = await createVault({ store: viewStore, key: Buffer.alloc(32, 5), formerKeys: [] })
await createCommander({ eventStore, viewStore, vault, things: createThings(viewStore), logger })
process.stdout.write('running\n')
setInterval(() => undefined, 60_000)
