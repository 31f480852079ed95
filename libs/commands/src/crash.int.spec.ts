import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { CLAIM_GRACE_US, provisioningStream } from '@trunkline/domain'
import { createVault, digestsFromText, sipDigests } from '@trunkline/vault'
import fc from 'fast-check'
import type { CommandAnswer } from './command.js'
import { derivedId } from './core/derived-id.js'
import { scopeOf } from './core/sender.js'
import { createCommander, type RunningCommander } from './create-commander.js'
import { LEASE_MS } from './records/command-records.js'
import { eventThings } from './testing/event-things.js'
import { inspect } from './testing/invariants.js'
import { Mortal, type Death } from './testing/mortal.js'
import { loggerInto, operator, startWriteSide, VAULT_KEY, type WriteSide } from './testing/write-side.js'

let now = Date.parse('2026-01-01T00:00:00Z')
let side: WriteSide
beforeAll(async () => {
  side = await startWriteSide({ clock: () => now, background: false })
})
afterAll(() => side.dispose())

/** A process with stores of its own, which dies when it is told to. */
async function startProcess(
  death: Death,
  background = false,
): Promise<{ commander: RunningCommander; mortal: Mortal }> {
  const mortal = new Mortal(death)
  const [eventStore, viewStore] = [mortal.eventStore(side.eventStore), mortal.viewStore(side.viewStore)]
  const key = { key: VAULT_KEY, formerKeys: [] }
  // the living one opens the vault; what it does afterwards goes through the mortal store
  await createVault({ store: side.viewStore, ...key })
  const vault = await createVault({ store: new Mortal({}).viewStore(side.viewStore), ...key })
  const mortalVault = Object.assign(Object.create(vault) as typeof vault, {
    putSecrets: (...args: Parameters<typeof vault.putSecrets>) => mortal.access(() => vault.putSecrets(...args)),
    destroySecrets: (ids: readonly string[]) => mortal.access(() => vault.destroySecrets(ids)),
    secrets: (...args: Parameters<typeof vault.secrets>) => mortal.access(() => vault.secrets(...args)),
    seal: (...args: Parameters<typeof vault.seal>) => mortal.access(() => vault.seal(...args)),
    open: (...args: Parameters<typeof vault.open>) => mortal.access(() => vault.open(...args)),
    erasePerson: (id: string) => mortal.access(() => vault.erasePerson(id)),
    sealText: (...args: Parameters<typeof vault.sealText>) => vault.sealText(...args),
    openText: (...args: Parameters<typeof vault.openText>) => vault.openText(...args),
  })
  const things = eventThings(eventStore)
  const options = {
    eventStore,
    viewStore,
    vault: mortalVault,
    things,
    logger: loggerInto([]),
    clock: () => now,
    waitMs: 150,
  }
  return { commander: await createCommander({ ...options, background }), mortal }
}

interface Planned {
  readonly what: 'create' | 'addAlias' | 'removeAlias' | 'remove' | 'rotate' | 'createRoom'
  readonly name: number
  readonly user: number
  readonly death: Death
  /** Sent a second time at once, to another process. */
  readonly twice: boolean
  /** Whoever sent it does not come back after a death. */
  readonly givesUp: boolean
}

const death = fc.record({
  at: fc.option(fc.nat(30), { nil: undefined, freq: 3 }),
  after: fc.boolean(),
  delays: fc.array(fc.nat(3), { minLength: 1, maxLength: 5 }),
})
const planned: fc.Arbitrary<Planned> = fc.record({
  what: fc.constantFrom('create', 'create', 'addAlias', 'removeAlias', 'remove', 'rotate', 'createRoom'),
  name: fc.nat(3),
  user: fc.nat(5),
  death,
  twice: fc.boolean(),
  givesUp: fc.boolean(),
})
const rounds = fc.array(fc.array(planned, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 })

let worlds = 0

/** One history: rounds of commands at once, each sent again until it has an answer. */
class World {
  readonly tenant = `w${++worlds}.example`
  readonly viewer = { ...operator, tenant: this.tenant, user: `o@${this.tenant}` }
  readonly users: { id: string; username: string }[] = []
  readonly commandIds = new Map<string, string>()
  readonly answers = new Map<string, CommandAnswer | string>()
  /** Passwords as they were shown, by key. */
  readonly shown = new Map<string, string[]>()

  inputOf({ what, name, user }: Planned): { name: string; input: object } | undefined {
    const text = `80${name}0`
    if (what === 'create') return { name: 'createSipUser', input: { username: text, aliases: [`${text}-a`] } }
    if (what === 'createRoom') return { name: 'createConferenceRoom', input: { number: text, settings: { name: 'R' } } }
    const target = this.users[user % Math.max(1, this.users.length)]
    if (target === undefined) return undefined
    const { id } = target
    if (what === 'addAlias') return { name: 'addSipUserAlias', input: { id, alias: text } }
    if (what === 'removeAlias') return { name: 'removeSipUserAlias', input: { id, alias: text } }
    if (what === 'remove') return { name: 'removeSipUser', input: { id } }
    return { name: 'rotateSipUserCredential', input: { id } }
  }

  async send(commander: RunningCommander, key: string, command: { name: string; input: object }): Promise<boolean> {
    try {
      const answer = await commander.execute({ ...command, viewer: this.viewer, idempotencyKey: key })
      this.answers.set(key, answer)
      const { password } = (answer.result ?? {}) as { password?: string | null }
      if (typeof password === 'string') this.shown.set(key, [...(this.shown.get(key) ?? []), password])
      return true
    } catch (error) {
      const { code, retryable } = error as { code: string; retryable?: boolean }
      if (code === 'DEAD' || retryable === true) return false
      if (retryable === undefined) throw error
      if (!this.answers.has(key)) this.answers.set(key, code)
      return true
    }
  }

  async round(commands: readonly Planned[], number: number): Promise<void> {
    const open = commands.flatMap((plan, i) => {
      const command = this.inputOf(plan)
      if (command === undefined) return []
      const key = `${number}-${i}`
      this.commandIds.set(key, derivedId('command', ...scopeOf(this.viewer, key), command.name))
      return [{ key, plan, command }]
    })
    const first = await Promise.all(
      open.map(async ({ key, plan, command }) => {
        const processes = [await startProcess(plan.death), ...(plan.twice ? [await startProcess({})] : [])]
        const done = await Promise.all(processes.map(({ commander }) => this.send(commander, key, command)))
        return done.every(Boolean)
      }),
    )
    // whoever died is silent for long enough, and those who sent come back
    now += LEASE_MS + 1
    const left = open.filter(({ plan }, i) => first[i] === false && !plan.givesUp)
    await Promise.all(
      left.map(async ({ key, command }) => {
        const { commander } = await startProcess({ delays: [0, 1] })
        for (let attempt = 0; !(await this.send(commander, key, command)); attempt++) {
          if (attempt === 20) throw new Error('a command finds no end')
        }
      }),
    )
    for (const { key, plan, command } of open) {
      const answer = this.answers.get(key)
      if (plan.what === 'create' && typeof answer === 'object') {
        this.users.push({ id: answer.id, username: (command.input as { username: string }).username })
      }
    }
  }
}

describe('commands of many processes, of which any may die at any access to a store', () => {
  it('never give a name to two, leave no claim behind, and have their effect once', async () => {
    await fc.assert(
      fc.asyncProperty(rounds, async (plan) => {
        const world = new World()
        for (const [number, commands] of plan.entries()) await world.round(commands, number)
        now += CLAIM_GRACE_US / 1000 + 1
        await side.commander.sweep()

        const { holders, claimed, byCommand } = await inspect(side.eventStore)
        for (const [value, who] of holders) expect([value, who.length, claimed.get(value)]).toEqual([value, 1, who[0]])
        for (const [value, owner] of claimed) expect(holders.get(value)).toEqual([owner])
        for (const events of byCommand.values()) expect(events).toHaveLength(1)
        for (const [key, answer] of world.answers) {
          const effects = (byCommand.get(world.commandIds.get(key)!) ?? []).map(({ revision }) => revision)
          const isDone = typeof answer === 'object' && answer.changed
          expect([key, answer, effects]).toEqual([key, answer, isDone ? [answer.revision] : []])
        }
        for (const passwords of world.shown.values()) expect(passwords).toHaveLength(1)
        await checkCredentials(world)
      }),
      { numRuns: 100, seed: 20261121, endOnFailure: true },
    )
  }, 600_000)
})

/** A password that was shown is the one that the user has, as long as it is the last. */
async function checkCredentials(world: World): Promise<void> {
  const keys = new Map([...world.commandIds].map(([key, commandId]) => [commandId, key]))
  for (const { id, username } of world.users) {
    const events = await side.eventStore.read(provisioningStream.sipUser(id))
    if (events.some(({ type }) => type === 'sip_user.removed')) continue
    const last = events.findLast(({ data }) => 'credential' in (data as object))!
    const { secretId } = (last.data as { credential: { secretId: string } }).credential
    const kept = (await side.vault.secrets('sip_user', [secretId])).get(secretId)
    expect(kept).toBeDefined()
    const [password] = world.shown.get(keys.get(last.meta!['commandId']!)!) ?? []
    if (password === undefined) continue
    expect(digestsFromText(kept!)).toEqual(sipDigests({ username, domain: world.tenant, password }))
  }
}

describe('a bulk whose process dies at any access to a store', () => {
  it('creates exactly its users, and none of those whose name is taken', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ at: fc.nat(120), after: fc.boolean() }), { maxLength: 3 }),
        async (deaths) => {
          const tenant = `b${++worlds}.example`
          const viewer = { ...operator, tenant, user: `o@${tenant}` }
          await side.commander.execute({
            name: 'createSipUser',
            input: { username: 'u3', aliases: ['u5-a'] },
            viewer,
            idempotencyKey: 'first',
          })
          const users = Array.from({ length: 8 }, (_, i) => ({
            username: `u${i}`,
            aliases: [`u${i}-a`],
            person: { email: 'x@y.example' },
          }))
          const { id } = await side.commander.bulk.start({ users, viewer, idempotencyKey: 'bulk' })
          for (const death of [...deaths, {}]) {
            const { commander, mortal } = await startProcess(death, true)
            const isDone = async () => (await side.commander.bulk.job(id, viewer)).state === 'done'
            while (!mortal.isDead && !(await isDone())) await new Promise((resolve) => setTimeout(resolve, 5))
            await commander.close()
            now += LEASE_MS + 1
          }
          const job = await side.commander.bulk.job(id, viewer)
          expect(job).toMatchObject({ done: 6, failed: 2 })
          now += CLAIM_GRACE_US / 1000 + 1
          await side.commander.sweep()
          const { holders, claimed } = await inspect(side.eventStore)
          const ours = [...holders].filter(([value]) => value.includes(tenant))
          expect(ours).toHaveLength(2 + 6 * 2)
          for (const [value, who] of holders)
            expect([value, who.length, claimed.get(value)]).toEqual([value, 1, who[0]])
          for (const [value, owner] of claimed) expect(holders.get(value)).toEqual([owner])
          const { credentials } = await side.commander.bulk.takeCredentials({ id, viewer })
          expect(credentials).toHaveLength(6)
          for (const { id: userId, username, password } of credentials) {
            const [created, ...more] = await side.eventStore.read(provisioningStream.sipUser(userId))
            expect(more).toEqual([])
            const { secretId } = (created!.data as { credential: { secretId: string } }).credential
            const kept = (await side.vault.secrets('sip_user', [secretId])).get(secretId)!
            expect(digestsFromText(kept)).toEqual(sipDigests({ username, domain: tenant, password }))
          }
        },
      ),
      { numRuns: 25, seed: 20261121, endOnFailure: true },
    )
  }, 600_000)
})
