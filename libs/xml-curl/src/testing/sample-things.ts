import type { Target, TrunkSettings } from '@trunkline/domain'
import type { AnyThing, Thing, ThingDocuments, ThingKind } from '@trunkline/provisioning-views'
import { digestsToText, sipDigests } from '@trunkline/vault'
import { MemoryThings } from './memory-things.js'
import { MemoryVault } from './memory-vault.js'

/** A UUID that a small number stands for. */
export const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

/** Of the captured requests. */
export const TENANT = 'sip.example.test'

export function thing<K extends ThingKind>(
  kind: K,
  about: { readonly id: string; readonly name: string; readonly document: ThingDocuments[K]; readonly tenant?: string },
  status: Thing['status'] = 'active',
): Thing<K> {
  const { id, name, document, tenant = TENANT } = about
  const position = id as Thing['position']
  return { kind, id, tenant, name, status, revision: 0, position, createdAt: 0, updatedAt: 0, document }
}

/** In memory: things and the secrets that belong to them. */
export class Sample {
  readonly things = new MemoryThings()
  readonly vault = new MemoryVault()

  add(...things: readonly AnyThing[]): void {
    this.things.put(...things)
  }

  async user(
    n: number,
    username: string,
    more: {
      readonly displayName?: string
      readonly aliases?: readonly string[]
      readonly status?: Thing['status']
    } = {},
  ): Promise<Thing<'sip_user'>> {
    const secretId = uuid(n + 500_000)
    const digests = sipDigests({ username, domain: TENANT, password: passwordOf(username) })
    await this.vault.putSecrets([{ id: secretId, purpose: 'sip_user', text: digestsToText(digests) }])
    const displayName = more.displayName === undefined ? null : await this.vault.seal(uuid(n), more.displayName)
    const user = thing(
      'sip_user',
      {
        id: uuid(n),
        name: username.toLowerCase(),
        document: {
          username,
          person: { displayName, email: null, phone: null },
          credential: { secretId, credentialVersion: 1 },
          limits: { concurrentCalls: 2, callsPerMinute: null },
          aliases: more.aliases ?? [],
          suspended: more.status === 'suspended' ? 'fraud' : null,
        },
      },
      more.status,
    )
    this.add(user)
    return user
  }

  async room(n: number, number: string, settings: Partial<ThingDocuments['conference_room']['settings']> = {}) {
    const room = thing('conference_room', {
      id: uuid(n),
      name: number,
      document: {
        number,
        settings: {
          name: 'Board',
          maxMembers: 20,
          recording: 'never',
          pinSecretId: null,
          moderatorPinSecretId: null,
          moderators: [],
          waitForModerator: false,
          ...settings,
        },
      },
    })
    this.add(room)
    return room
  }

  async pin(n: number, text: string): Promise<string> {
    await this.vault.putSecrets([{ id: uuid(n), purpose: 'pin', text }])
    return uuid(n)
  }

  queue(n: number, number: string, more: Partial<ThingDocuments['call_queue']> = {}): Thing<'call_queue'> {
    const queue = thing('call_queue', {
      id: uuid(n),
      name: number,
      document: { number, settings: QUEUE, agents: [], ...more },
    })
    this.add(queue)
    return queue
  }

  menu(n: number, number: string, settings: Partial<ThingDocuments['ivr_menu']['settings']> = {}): Thing<'ivr_menu'> {
    const menu = thing('ivr_menu', {
      id: uuid(n),
      name: number,
      document: { number, settings: { ...MENU, ...settings } },
    })
    this.add(menu)
    return menu
  }

  number(n: number, number: string, target: Target | null): Thing<'number'> {
    const added = thing('number', { id: uuid(n), name: number, document: { number, target } })
    this.add(added)
    return added
  }

  async trunk(n: number, name: string, settings: Partial<TrunkSettings> = {}): Promise<Thing<'trunk'>> {
    const secretId = uuid(n + 500_000)
    await this.vault.putSecrets([{ id: secretId, purpose: 'trunk', text: passwordOf(name) }])
    const auth = { username: `account-${n}`, realm: null, credential: { secretId, credentialVersion: 1 } }
    const document = { name, settings: { ...TRUNK, ...settings }, auth, active: true }
    const trunk = thing('trunk', { id: uuid(n), name, document })
    this.add(trunk)
    return trunk
  }

  routes(...rules: ThingDocuments['route_set']['rules']): void {
    this.add(thing('route_set', { id: TENANT, name: TENANT, document: { rules } }))
  }
}

/** In clear: what no answer may hold for a user. */
export const passwordOf = (name: string) => `clear-${name}-5f2d`

export const QUEUE: ThingDocuments['call_queue']['settings'] = {
  name: 'Support',
  strategy: 'longest-idle-agent',
  music: 'moh',
  recording: true,
  maxWaitSeconds: 600,
  maxWaitWithNoAgentSeconds: null,
  ringSeconds: 20,
  wrapUpSeconds: 10,
  tierWaitSeconds: 30,
  abandonedResumeSeconds: null,
  overflow: null,
}

export const MENU: ThingDocuments['ivr_menu']['settings'] = {
  name: 'Welcome',
  greeting: 'welcome.wav',
  shortGreeting: null,
  entries: [{ digits: '*', action: { kind: 'repeat' } }],
  timeoutSeconds: 5,
  interDigitMs: 2_000,
  maxInvalid: 3,
  maxTimeouts: 2,
  onInvalid: { kind: 'hang_up' },
  onTimeout: { kind: 'back' },
}

export const TRUNK: TrunkSettings = {
  hosts: [{ host: 'sip.carrier.example', port: 5060 }],
  transport: 'udp',
  registration: { domain: 'carrier.example', expiresSeconds: 600 },
  codecs: ['PCMA', 'PCMU'],
  limits: { callsPerSecond: null, concurrentCalls: null },
  allowList: [],
}

/** What the captured requests name, and what they reach: users 1001 to 1040, room 3501, menus 5000 and 5001, queue 7000. */
export async function capturedSample(): Promise<Sample> {
  const sample = new Sample()
  const names = [1001, 1002, 1003, 1004, 1005, 1006, 1007, 1015, 1016, 1040]
  for (const n of names) await sample.user(n, String(n), { displayName: `Person ${n}` })
  await sample.room(3501, '3501', { recording: 'always' })
  const agents = [
    { userId: uuid(1006), tier: 1, position: 1 },
    { userId: uuid(1007), tier: 2, position: 1 },
  ]
  sample.queue(7000, '7000', { agents })
  sample.menu(5001, '5001')
  sample.menu(5000, '5000', {
    entries: [
      { digits: '1', action: { kind: 'user', id: uuid(1002) } },
      { digits: '2', action: { kind: 'menu', id: uuid(5001) } },
      { digits: '3', action: { kind: 'queue', id: uuid(7000) } },
      { digits: '4', action: { kind: 'room', id: uuid(3501) } },
      { digits: '5', action: { kind: 'dial', name: '+4989123456789' } },
      { digits: '#', action: { kind: 'hang_up' } },
      { digits: '*', action: { kind: 'repeat' } },
    ],
  })
  sample.number(8000, '+493090182001', { kind: 'user', id: uuid(1001) })
  await sample.trunk(9000, 'carrier-a')
  sample.routes(
    { kind: 'local', id: uuid(1) },
    {
      kind: 'external',
      id: uuid(2),
      prefix: '+',
      priority: 0,
      strip: 1,
      prepend: '00',
      trunks: [{ trunkId: uuid(9000), priority: 0, weight: 100 }],
    },
  )
  return sample
}
