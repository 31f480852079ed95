/** A life in which every command happens at least once. */
import { expect } from '@jest/globals'
import { randomUUID } from 'node:crypto'
import type { Outcome, Send } from './senders.js'

export interface Life {
  /** Names of the commands that were sent. */
  readonly sent: ReadonlySet<string>
  /** Ids of things by what they are called here. */
  readonly ids: Readonly<Record<string, string>>
  /** Every password and PIN that was sent or shown. */
  readonly secrets: readonly string[]
}

export async function everyCommand(send: Send, number: string): Promise<Life> {
  const sent = new Set<string>()
  const secrets = ['wrong-Horse_31!staple', 'tr0nk-Passw0rd-1', 'tr0nk-Passw0rd-2', '73910264', '58203716']
  const ids: Record<string, string> = {}
  const done = async (name: string, input: Record<string, unknown>, as?: string) => {
    sent.add(name)
    const key = randomUUID()
    let outcome: Outcome = await send(name, input, { key })
    // as callers do, who know that views may be late
    for (const end = performance.now() + 30_000; outcome.code === 'VIEWS_BEHIND' && performance.now() < end;)
      outcome = await send(name, input, { key })
    expect({ name, code: outcome.code, errors: outcome.errors }).toEqual({ name })
    const answer = outcome.answer!
    expect(answer).toMatchObject({ changed: true, replayed: false })
    if (as !== undefined) ids[as] = answer.id
    const password = answer.result?.password
    if (typeof password === 'string') secrets.push(password)
    return answer
  }

  const alice = (
    await done(
      'createSipUser',
      {
        username: 'alice',
        person: { displayName: 'Alice "A" <b>', email: 'alice@mail.example', phone: '+49 30 1' },
        limits: { concurrentCalls: 3 },
        aliases: ['care4w-1000001'],
      },
      'alice',
    )
  ).id
  const bob = (await done('createSipUser', { username: 'bob', person: { displayName: 'Bob' } }, 'bob')).id
  const carol = (await done('createSipUser', { username: 'carol', password: null }, 'carol')).id
  await done('setSipUserCredential', { id: carol, password: secrets[0] })
  await done('rotateSipUserCredential', { id: alice })
  await done('updateSipUser', { id: alice, person: { phone: null } })
  await done('setSipUserLimits', { id: alice, limits: { callsPerMinute: 20 } })
  await done('addSipUserAlias', { id: alice, alias: 'al' })
  await done('addSipUserAlias', { id: alice, alias: 'ally' })
  await done('removeSipUserAlias', { id: alice, alias: 'al' })
  await done('suspendSipUser', { id: alice, reason: 'payment' })
  await done('resumeSipUser', { id: alice })
  await done('suspendSipUser', { id: bob })
  await done('unlockSipUser', { id: alice, source: '192.0.2.7' })

  const settings = { hosts: [{ host: 'sip.carrier.example' }], limits: { callsPerSecond: 10 } }
  const auth = { username: '4930123', password: secrets[1] }
  const old = (await done('createTrunk', { name: 'old', settings, auth }, 'old')).id
  const fresh = (
    await done('createTrunk', { name: 'fresh', settings: { hosts: [{ host: '192.0.2.9', port: 5070 }] } }, 'fresh')
  ).id
  const spare = (await done('createTrunk', { name: 'spare', settings }, 'spare')).id
  await done('updateTrunk', { id: fresh, settings: { transport: 'tls', codecs: ['OPUS', 'PCMA'] } })
  await done('setTrunkCredential', { id: fresh, auth: { username: 'x', realm: null, password: secrets[2] } })
  await done('activateTrunk', { id: old })
  await done('activateTrunk', { id: fresh })
  await done('deactivateTrunk', { id: fresh })
  await done('removeTrunk', { id: spare })

  const trunks = [{ trunkId: old, weight: 100 }]
  const external = { kind: 'external', prefix: '+49', trunks }
  const [, out] = (await done('replaceRoutes', { rules: [{ kind: 'local' }, external] })).result.ruleIds as string[]
  const agents = { kind: 'alias', pattern: 'care4w-[0-9]{7}', target: { kind: 'freeswitch' } }
  const ruleId = randomUUID()
  await done('putRoute', { ruleId, rule: agents, position: 0 })
  await done('putRoute', {
    ruleId: randomUUID(),
    rule: { ...agents, pattern: 'desk-[0-9]{2}', target: { kind: 'user', id: alice } },
  })
  await done('removeRoute', { ruleId })
  await done('setTrunkShare', { ruleId: out, trunkId: fresh, against: old, percent: 10 })

  const did = (await done('addNumber', { number }, 'number')).id
  await done('assignNumber', { id: did, target: { kind: 'user', id: alice } })
  await done('releaseNumber', { id: did })
  const spared = (await done('addNumber', { number: `${number}9` })).id
  await done('removeNumber', { id: spared })

  ids['blocked'] = (await done('blockCaller', { match: 'prefix', value: '+882', reason: 'fraud' })).id
  await done('blockCaller', { match: 'exact', value: '+4930666', expiresAt: '2100-01-31T12:00:00Z' })
  await done('unblockCaller', { match: 'exact', value: '+4930666' })

  const room = (
    await done('createConferenceRoom', { number: '8000', settings: { name: 'Board', pin: secrets[3] } }, 'room')
  ).id
  await done('updateConferenceRoom', { id: room, settings: { moderatorPin: secrets[4], moderators: [alice] } })
  const spareRoom = (await done('createConferenceRoom', { number: '8001', settings: { name: 'Spare' } })).id
  await done('removeConferenceRoom', { id: spareRoom })

  const queue = (
    await done('createCallQueue', { number: '7000', settings: { name: 'Support', strategy: 'ring-all' } }, 'queue')
  ).id
  await done('updateCallQueue', { id: queue, settings: { ringSeconds: 15, overflow: { kind: 'user', id: alice } } })
  await done('putQueueAgent', { id: queue, userId: alice })
  await done('putQueueAgent', { id: queue, userId: carol, tier: 2, position: 1 })
  await done('removeQueueAgent', { id: queue, userId: carol })
  const spareQueue = (await done('createCallQueue', { number: '7001', settings: { name: 'Spare' } })).id
  await done('removeCallQueue', { id: spareQueue })

  const entries = [
    { digits: '1', action: { kind: 'queue', id: queue } },
    { digits: '9', action: { kind: 'hang_up' } },
  ]
  const menu = (
    await done('createIvrMenu', { number: '6000', settings: { name: 'Main', greeting: 'hello.wav', entries } }, 'menu')
  ).id
  await done('updateIvrMenu', { id: menu, settings: { timeoutSeconds: 9, onTimeout: { kind: 'dial', name: '7000' } } })
  const spareMenu = (
    await done('createIvrMenu', { number: '6001', settings: { name: 'Spare', greeting: 'x.wav', entries } })
  ).id
  await done('removeIvrMenu', { id: spareMenu })

  await done('eraseSipUserPerson', { id: bob })
  await done('removeSipUser', { id: carol })
  return { sent, ids, secrets }
}
