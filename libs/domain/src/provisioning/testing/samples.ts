/** Commands that are right in every part; tests change the part that they are about. */
import type { CreateCallQueue } from '../call-queue/call-queue.commands.js'
import type { CreateConferenceRoom } from '../conference-room/conference-room.commands.js'
import type { KnownThing } from '../core/target.js'
import type { CreateIvrMenu } from '../ivr-menu/ivr-menu.commands.js'
import type { AddNumber } from '../number/number.commands.js'
import type { CreateSipUser } from '../sip-user/sip-user.commands.js'
import type { CreateTrunk } from '../trunk/trunk.commands.js'

/** A UUID that a small number stands for. */
export const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

export const tenant = 'example.org'
export const address = (n: number, command = 1000) => ({ id: uuid(n), commandId: uuid(command) })
export const sealed = (text: string) => ({ keyId: 'person-1', text: `v1.${text.padEnd(24, 'x')}` })
export const known: readonly KnownThing[] = [
  { kind: 'user', id: uuid(1) },
  { kind: 'user', id: uuid(2) },
  { kind: 'room', id: uuid(3) },
  { kind: 'queue', id: uuid(4) },
  { kind: 'menu', id: uuid(5) },
  { kind: 'menu', id: uuid(6) },
]

export const createUser: CreateSipUser = {
  type: 'CreateSipUser',
  ...address(1),
  tenant,
  username: 'alice',
  person: { displayName: sealed('alice') },
  credential: { secretId: uuid(900), credentialVersion: 1 },
  limits: { concurrentCalls: 3 },
  aliases: ['care4w-1000001'],
}

export const createTrunk: CreateTrunk = {
  type: 'CreateTrunk',
  ...address(20),
  tenant,
  name: 'carrier-a',
  settings: {
    hosts: [{ host: 'sip.carrier.example', port: 5060 }],
    transport: 'udp',
    registration: { domain: 'sip.carrier.example', expiresSeconds: 600 },
    codecs: ['PCMA', 'PCMU'],
    limits: { callsPerSecond: 10, concurrentCalls: 100 },
    allowList: ['192.0.2.0/24'],
  },
  auth: { username: '4930123', realm: null, credential: { secretId: uuid(901), credentialVersion: 1 } },
}

export const addNumber: AddNumber = { type: 'AddNumber', ...address(30), tenant, number: '+493012345678' }

export const createRoom: CreateConferenceRoom = {
  type: 'CreateConferenceRoom',
  ...address(3),
  tenant,
  number: '8000',
  settings: {
    name: 'Board',
    maxMembers: 20,
    recording: 'on_command',
    pinSecretId: uuid(902),
    moderatorPinSecretId: uuid(903),
    moderators: [uuid(1)],
    waitForModerator: true,
  },
  known,
}

export const createQueue: CreateCallQueue = {
  type: 'CreateCallQueue',
  ...address(4),
  tenant,
  number: '7000',
  settings: {
    name: 'Support',
    strategy: 'longest-idle-agent',
    music: 'moh',
    recording: false,
    maxWaitSeconds: 600,
    maxWaitWithNoAgentSeconds: 30,
    ringSeconds: 20,
    wrapUpSeconds: 10,
    tierWaitSeconds: 30,
    abandonedResumeSeconds: null,
    overflow: { kind: 'room', id: uuid(3) },
  },
  known,
}

export const createMenu: CreateIvrMenu = {
  type: 'CreateIvrMenu',
  ...address(5),
  tenant,
  number: '6000',
  settings: {
    name: 'Welcome',
    greeting: 'welcome.wav',
    shortGreeting: null,
    entries: [
      { digits: '1', action: { kind: 'queue', id: uuid(4) } },
      { digits: '2', action: { kind: 'menu', id: uuid(6) } },
      { digits: '*', action: { kind: 'repeat' } },
      { digits: '#', action: { kind: 'back' } },
    ],
    timeoutSeconds: 5,
    interDigitMs: 2_000,
    maxInvalid: 3,
    maxTimeouts: 3,
    onInvalid: { kind: 'hang_up' },
    onTimeout: { kind: 'user', id: uuid(1) },
  },
  known,
  menuEdges: [],
}
