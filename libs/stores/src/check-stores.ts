/** Tries each store that the settings name, as the apps will use it: what an operator wants to know before a start. */
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { buffer } from 'node:stream/consumers'
import { STREAMS } from '@trunkline/ports'
import { maskUrls, type Config, type Logger } from '@trunkline/runtime'
import { openEventLog } from './open-event-log.js'
import { openEventStore } from './open-event-store.js'
import { openObjectStore } from './open-object-store.js'
import { openViewStore } from './open-view-store.js'

export interface StoreCheck {
  readonly store: 'event log' | 'view store' | 'event store' | 'object store'
  /** Address with its secrets masked, or the folder. */
  readonly where: string
  /** What was found, or undefined when it cannot be used. */
  readonly found: string | undefined
  readonly problem: string | undefined
}

const LIMIT_MS = 20_000

/** Never rejects; leaves nothing behind but what a first start would make. */
export async function checkStores(config: Config, logger: Logger): Promise<StoreCheck[]> {
  const folder = `${config.dataDir} (embedded)`
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 })
  return Promise.all([
    tried('event log', config.kafka?.brokers ?? folder, () => checkLog(config, logger)),
    tried('view store', config.mysqlUrl ?? folder, () => checkViews(config)),
    tried('event store', config.kurrentdbUrl ?? folder, () => checkEvents(config)),
    tried('object store', config.s3 === undefined ? folder : `${config.s3.endpoint}/${config.s3.bucket}`, () =>
      checkObjects(config),
    ),
  ])
}

async function tried(store: StoreCheck['store'], where: string, check: () => Promise<string>): Promise<StoreCheck> {
  const result = { store, where: maskUrls(where) }
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${LIMIT_MS / 1000} s`)), LIMIT_MS)
  })
  try {
    return { ...result, found: await Promise.race([check(), late]), problem: undefined }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { ...result, found: undefined, problem: maskUrls(reason) }
  } finally {
    clearTimeout(timer)
  }
}

async function checkLog(config: Config, logger: Logger): Promise<string> {
  const log = await openEventLog(config, logger)
  try {
    const partitions = await log.partitions(STREAMS.switch)
    let filled = 0
    for (let partition = 0; partition < partitions; partition++)
      if ((await log.end(STREAMS.switch, partition)) !== undefined) filled++
    return `${STREAMS.switch} has ${partitions} partition${partitions === 1 ? '' : 's'}, ${filled} with records`
  } finally {
    await log.close()
  }
}

async function checkViews(config: Config): Promise<string> {
  const store = await openViewStore(config)
  try {
    // makes the tables of the store itself, and so proves that it may
    await store.createTables([])
    const [answer] = await store.all<{ one: number }>('SELECT 1 AS one')
    if (answer?.one !== 1) throw new Error('it answers nonsense')
    return 'tables can be made and read'
  } finally {
    await store.close()
  }
}

async function checkEvents(config: Config): Promise<string> {
  const store = await openEventStore(config)
  try {
    const events = await store.readAll({ after: undefined, limit: 1 })
    return events.length === 0 ? 'can be read, and is empty' : 'can be read'
  } finally {
    await store.close()
  }
}

async function checkObjects(config: Config): Promise<string> {
  const signing = { secret: randomBytes(32).toString('hex'), baseUrl: `http://${config.host}:${config.port}` }
  const store = await openObjectStore(config, signing)
  const key = `trunkline-check/${randomUUID()}`
  try {
    const body = randomBytes(1024)
    await store.put({ key, body, contentType: 'application/octet-stream' })
    const read = await buffer(await store.get(key))
    await store.delete(key)
    if (!read.equals(body)) throw new Error('an object came back as another')
    return 'an object was written, read and deleted'
  } finally {
    await store.close()
  }
}
