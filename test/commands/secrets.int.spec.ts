/** Every command is sent with passwords, PINs and persons that can be recognised; then everything that was kept or told is searched for them. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Viewer } from '@trunkline/access'
import { COMMANDS, createCommander, type CommandAnswer, type RunningCommander } from '@trunkline/commands'
import { createThings, startProvisioningProjector, type ProvisioningProjector } from '@trunkline/provisioning-views'
import { createLogger } from '@trunkline/runtime'
import { openSqliteEventStore, openSqliteViewStore } from '@trunkline/sqlite'
import { createVault, sipDigests } from '@trunkline/vault'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'trunkline-secrets-'))
const eventStore = openSqliteEventStore({ file: join(folder, 'events.sqlite') })
const viewStore = openSqliteViewStore({ file: join(folder, 'views.sqlite') })
const lines: string[] = []
const logger = createLogger({ level: 'trace', name: 'test', destination: { write: (line) => void lines.push(line) } })
const viewer: Viewer = { role: 'operator', tenant: 'a.example', user: 'o@a.example', expiresAt: Infinity }

/** All that nobody may find: as sent, as made by us, and as digests. */
const secrets = new Set<string>()
const run = new Set<string>()
/** Answers other than the first, and errors. */
const told: string[] = []
let commander: RunningCommander
let projector: ProvisioningProjector
let keys = 0

const secret = (text: string) => {
  secrets.add(text)
  return text
}
let pins = 0
/** Eleven digits that stand nowhere by chance. */
const pin = () => secret(`9173${1_000_003 * ++pins}`.slice(0, 11).padEnd(11, '7'))

beforeAll(async () => {
  projector = await startProvisioningProjector({ eventStore, store: viewStore, logger })
  const vault = await createVault({ store: viewStore, key: Buffer.alloc(32, 3), formerKeys: [] })
  commander = await createCommander({ eventStore, viewStore, vault, things: createThings(viewStore), logger })
})
afterAll(async () => {
  await commander.close()
  await projector.close()
  await eventStore.close()
  await viewStore.close()
  rmSync(folder, { recursive: true })
})

/** Sends a command twice, notes what the first answer shows, and keeps the second one to be searched. */
async function send(name: string, input: object): Promise<CommandAnswer> {
  run.add(name)
  const request = { name, input, viewer, idempotencyKey: `key-${++keys}` }
  const answer = await commander.execute(request)
  const { username, password } = (answer.result ?? {}) as { username?: string; password?: string | null }
  const sent = (input as { password?: string | null }).password
  for (const one of [password, sent]) if (typeof one === 'string') noteDigests(username!, secret(one))
  told.push(JSON.stringify(await commander.execute(request)))
  // the input again, with a field that is not known: the refusal names fields and never values
  const wrong = commander.execute({ ...request, idempotencyKey: `key-${++keys}`, input: { ...input, colour: 'red' } })
  told.push(tell(await wrong.then(() => new Error('was not refused')).catch((error: unknown) => error)))
  return answer
}

function noteDigests(username: string, password: string): void {
  const { ha1, ha1b } = sipDigests({ username, domain: 'a.example', password })
  secrets.add(ha1).add(ha1b)
}

function tell(error: unknown): string {
  const { message, stack, faults } = error as Error & { faults?: unknown }
  expect(message).not.toBe('was not refused')
  return JSON.stringify({ message, stack, faults })
}

async function refused(name: string, input: object): Promise<void> {
  const error = await commander.execute({ name, input, viewer, idempotencyKey: `key-${++keys}` }).then(
    () => new Error('was not refused'),
    (thrown: unknown) => thrown,
  )
  told.push(tell(error))
}

const person = () => ({
  displayName: secret(`Zebedee Quillfeather ${++keys}`),
  email: secret(`zebedee.quillfeather.${++keys}@private.example`),
  phone: secret(`+4917099${1_000_000 + ++keys}`),
})

async function users(): Promise<string> {
  const { id } = await send('createSipUser', {
    username: 'alice',
    person: person(),
    password: secret('Recognisable-1-alice'),
  })
  await send('createSipUser', { username: 'made', person: person() })
  await send('updateSipUser', { id, person: person() })
  await send('rotateSipUserCredential', { id, password: secret('Recognisable-2-alice') })
  await send('rotateSipUserCredential', { id })
  const later = await send('createSipUser', { username: 'later', password: null })
  await send('setSipUserCredential', { id: later.id, password: secret('Recognisable-3-later') })
  await send('suspendSipUser', { id })
  await send('resumeSipUser', { id })
  await send('unlockSipUser', { id })
  await send('setSipUserLimits', { id, limits: { concurrentCalls: 2 } })
  await send('addSipUserAlias', { id, alias: 'ally' })
  await send('removeSipUserAlias', { id, alias: 'ally' })
  await send('eraseSipUserPerson', { id: later.id })
  await send('removeSipUser', { id: later.id })
  await refused('createSipUser', { username: 'alice', person: person(), password: secret('Recognisable-4-taken') })
  await refused('createSipUser', { username: secret('Recognisable in the wrong field'), password: secret('tiny-pass') })
  await refused('suspendSipUser', { id, reason: secret('Recognisable-5-reason') })
  await refused('unlockSipUser', { id, source: secret('Recognisable-6-source') })
  await refused('setSipUserCredential', { id, password: secret('Recognisable-7-second') })
  return id
}

async function trunks(): Promise<void> {
  const settings = { hosts: [{ host: 'sip.carrier.example' }] }
  const auth = (n: number) => ({ username: 'our-account', password: secret(`Recognisable-trunk-${n}`) })
  const { id } = await send('createTrunk', { name: 'carrier', settings, auth: auth(1) })
  const { id: other } = await send('createTrunk', { name: 'backup', settings })
  await send('updateTrunk', { id, settings: { transport: 'tls' } })
  await send('setTrunkCredential', { id, auth: auth(2) })
  await send('activateTrunk', { id })
  await refused('createTrunk', { name: 'carrier', settings, auth: auth(3) })
  await refused('setTrunkCredential', { id, auth: { ...auth(4), realm: secret('Recognisable-realm;"') } })
  const ruleId = '00000000-0000-4000-8000-000000000001'
  const rule = { kind: 'external', prefix: '', trunks: [{ trunkId: id, weight: 100 }] }
  await send('putRoute', { ruleId, rule })
  await send('setTrunkShare', { ruleId, trunkId: other, against: id, percent: 10 })
  await send('removeRoute', { ruleId })
  await send('replaceRoutes', { rules: [{ kind: 'local' }] })
  await send('deactivateTrunk', { id })
  await send('removeTrunk', { id })
}

async function services(userId: string): Promise<void> {
  const room = await send('createConferenceRoom', {
    number: '8000',
    settings: { name: 'Board', pin: pin(), moderatorPin: pin() },
  })
  await send('updateConferenceRoom', { id: room.id, settings: { pin: pin() } })
  const same = pin()
  await refused('updateConferenceRoom', { id: room.id, settings: { pin: same, moderatorPin: same } })
  await refused('updateConferenceRoom', { id: room.id, settings: { pin: secret('Recognisable-pin') } })
  const queue = await send('createCallQueue', { number: '7000', settings: { name: 'Support' } })
  await send('updateCallQueue', { id: queue.id, settings: { recording: true } })
  await send('putQueueAgent', { id: queue.id, userId })
  await send('removeQueueAgent', { id: queue.id, userId })
  const entries = [{ digits: '1', action: { kind: 'queue', id: queue.id } }]
  const menu = await send('createIvrMenu', { number: '6000', settings: { name: 'M', greeting: 'm.wav', entries } })
  await send('updateIvrMenu', { id: menu.id, settings: { maxInvalid: 2 } })
  await send('removeIvrMenu', { id: menu.id })
  await send('removeCallQueue', { id: queue.id })
  const number = await send('addNumber', { number: '+493012345678' })
  await send('assignNumber', { id: number.id, target: { kind: 'user', id: userId } })
  await send('releaseNumber', { id: number.id })
  await send('removeNumber', { id: number.id })
  await send('blockCaller', { match: 'exact', value: '+4930999' })
  await send('unblockCaller', { match: 'exact', value: '+4930999' })
  const left = await send('createConferenceRoom', { number: '8001', settings: { name: 'Kept', pin: pin() } })
  expect(left.changed).toBe(true)
  await send('removeConferenceRoom', { id: room.id })
}

async function bulk(): Promise<void> {
  const rows = [
    { username: 'b1', person: person(), password: secret('Recognisable-bulk-1') },
    { username: 'b2', person: person() },
    { username: 'alice', person: person(), password: secret('Recognisable-bulk-3') },
  ]
  noteDigests('b1', 'Recognisable-bulk-1')
  const start = (users: unknown, key: string) => commander.bulk.start({ users, viewer, idempotencyKey: key })
  const { id } = await start(rows, 'bulk')
  const wrong = [{ ...rows[0], password: secret('tiny-bulk') }]
  told.push(tell(await start(wrong, 'bulk-2').catch((error: unknown) => error)))
  while ((await commander.bulk.job(id, viewer)).state !== 'done')
    await new Promise((resolve) => setTimeout(resolve, 20))
  const { credentials } = await commander.bulk.takeCredentials({ id, viewer })
  expect(credentials).toHaveLength(1)
  for (const { username, password } of credentials) noteDigests(username, secret(password))
  told.push(JSON.stringify([await start(rows, 'bulk'), await commander.bulk.failures({ id, viewer })]))
}

describe('passwords, PINs, digests and persons', () => {
  it('are found in no event, no table, no line of the log, no error and no answer but the first', async () => {
    const userId = await users()
    await trunks()
    await services(userId)
    await bulk()
    expect([...run].sort()).toEqual(COMMANDS.map(({ name }) => name).sort())
    expect(secrets.size).toBeGreaterThan(60)

    const files = readdirSync(folder).filter((name) => name.includes('.sqlite'))
    expect(files).toEqual(expect.arrayContaining(['events.sqlite', 'views.sqlite']))
    // the files themselves: every table, and what SQLite has not overwritten yet
    const places = new Map<string, string>(files.map((name) => [name, readFileSync(join(folder, name), 'latin1')]))
    places.set('log', lines.join(''))
    places.set('answers and errors', told.join('\n'))
    for (const [place, text] of places) {
      for (const one of secrets) expect([place, text.includes(one) ? one : 'nothing']).toEqual([place, 'nothing'])
    }
    // the search finds what is there
    expect(places.get('events.sqlite')! + places.get('events.sqlite-wal')!).toContain('carrier')
  })
})
