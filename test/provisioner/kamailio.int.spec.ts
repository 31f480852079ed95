import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { readReconciliations, requestReconcile } from '@trunkline/provisioner'
import { createHash } from 'node:crypto'
import { SipPhone } from '../kamailio/harness/sip-phone.js'
import { until } from '../kamailio/harness/process.js'
import { PASSWORD, ProvisioningSite, TENANT } from './support/provisioning-site.js'

const md5 = (text: string) => createHash('md5').update(text).digest('hex')

describe('what is provisioned, in a real Kamailio and its database', () => {
  let site: ProvisioningSite
  let phone: SipPhone
  beforeAll(async () => {
    site = await ProvisioningSite.start()
    phone = await SipPhone.udp(site.kamailio.ports.sip)
    await site.maria.sql(`
      INSERT INTO subscriber (username, domain, password, ha1, ha1b) VALUES ('old', 'operator.example', '', 'x', 'y');
      INSERT INTO subscriber (username, domain, password, ha1, ha1b) VALUES ('before', 'a.example', '', 'x', 'y');
      INSERT INTO dispatcher (setid, destination, flags, priority, attrs, description) VALUES (1, 'sip:192.0.2.9:5060', 0, 0, '', 'own');
      INSERT INTO address (grp, ip_addr, mask, port, tag) VALUES (1, '192.0.2.8', 32, 0, '1000');
      INSERT INTO dialplan (dpid, pr, match_op, match_exp, attrs) VALUES (3, 1, 1, '^x$', 'fs');
      INSERT INTO mtree (tname, tprefix, tvalue) VALUES ('own', '0000491', 'x'), ('own', '00004', 'y');
      INSERT INTO uacreg (l_uuid, l_username, r_username, r_domain) VALUES ('own-trunk', 'a', 'a', 'b.example');
      INSERT INTO tk_tenants (key_name, key_value) VALUES ('*', 'c=100;r=0');`)
    await site.provision()
  })
  afterAll(async () => {
    phone?.close()
    await site?.dispose()
  })

  const register = (user: string, password: string) => phone.register(user, { domain: TENANT, password })
  let alice = ''

  it('lets a user register who was just created', async () => {
    alice = (await site.send('createSipUser', { username: 'alice', password: PASSWORD, aliases: ['1001'] })).id
    await until('alice registers', async () => (await register('alice', PASSWORD)) === 200)
    await site.settled()
    expect(await site.rows(`SELECT username, password, ha1, ha1b FROM subscriber WHERE username = 'alice'`)).toEqual([
      `alice  ${md5(`alice:${TENANT}:${PASSWORD}`)} ${md5(`alice@${TENANT}:${TENANT}:${PASSWORD}`)}`,
    ])
    const value = 'u=alice;s=a;c=0;r=0'
    expect(await site.memory('names', `alice@${TENANT}`)).toBe(value)
    expect(await site.memory('names', `1001@${TENANT}`)).toBe(value)
    expect(await site.memory('tenants', TENANT)).toBe('p=0;l=1')
    expect(await site.items()).toMatchObject([
      { state: 'applied', wanted_revision: 0, applied_revision: 0, reason: null },
    ])
  })

  it('ends the registration of a suspended user, and keeps the user from coming back', async () => {
    await site.send('suspendSipUser', { id: alice, reason: 'fraud' })
    await site.settled()
    expect(await site.memory('names', `1001@${TENANT}`)).toContain('s=x')
    await expect(site.kamailio.rpc.call('ul.lookup', ['location', `alice@${TENANT}`])).rejects.toThrow('not found')
    expect(await register('alice', PASSWORD)).toBe(403)
    await site.send('resumeSipUser', { id: alice })
    await site.settled()
    expect(await register('alice', PASSWORD)).toBe(200)
  })

  it('has a user prove itself anew after the credential changed, and not after anything else', async () => {
    await site.send('setSipUserLimits', { id: alice, limits: { concurrentCalls: 3 } })
    await site.send('addSipUserAlias', { id: alice, alias: 'care4w-1000001' })
    await site.send('removeSipUserAlias', { id: alice, alias: '1001' })
    await site.settled()
    expect(await site.memory('names', `care4w-1000001@${TENANT}`)).toContain('c=3')
    expect(await site.memory('names', `1001@${TENANT}`)).toBeUndefined()
    expect(await site.rows(`SELECT key_name FROM tk_names ORDER BY key_name`)).toEqual([
      `alice@${TENANT}`,
      `care4w-1000001@${TENANT}`,
    ])
    await site.kamailio.rpc.call('ul.lookup', ['location', `alice@${TENANT}`])
    const rotated = await site.send('rotateSipUserCredential', { id: alice })
    await site.settled()
    await expect(site.kamailio.rpc.call('ul.lookup', ['location', `alice@${TENANT}`])).rejects.toThrow('not found')
    expect(await register('alice', PASSWORD)).not.toBe(200)
    const { password } = rotated.result as { password: string }
    expect(await register('alice', password)).toBe(200)
  })

  it('lets an alias pass from one user to another, whichever change comes last', async () => {
    const bob = await site.send('createSipUser', { username: 'bob', aliases: ['2000'] })
    await site.settled()
    await site.stopProvisioning()
    await site.send('removeSipUserAlias', { id: bob.id, alias: '2000' })
    await site.send('addSipUserAlias', { id: alice, alias: '2000' })
    await site.send('setSipUserLimits', { id: bob.id, limits: { concurrentCalls: 1 } })
    await site.provision()
    await site.settled()
    expect(await site.memory('names', `2000@${TENANT}`)).toContain('u=alice;')
    await site.send('removeSipUser', { id: bob.id })
    await site.settled()
    expect(await site.rows(`SELECT key_name FROM tk_names WHERE key_value LIKE 'u=bob%'`)).toEqual([])
    expect(await site.rows(`SELECT username FROM subscriber WHERE domain = '${TENANT}' ORDER BY 1`)).toEqual([
      'alice',
      'before',
    ])
  })

  let trunk = ''
  it('brings a trunk to all its tables and into memory, and takes it away again', async () => {
    trunk = (
      await site.send('createTrunk', {
        name: 'carrier',
        settings: {
          hosts: [
            { host: '127.0.0.1', port: 5999 },
            { host: '127.0.0.2', port: 5999 },
          ],
          allowList: ['192.0.2.0/24'],
          registration: { domain: 'carrier.example', expiresSeconds: 600 },
        },
        auth: { username: '4930', password: PASSWORD },
      })
    ).id
    await site.send('activateTrunk', { id: trunk })
    await site.settled()
    expect(
      await site.rows('SELECT setid, destination, priority FROM dispatcher ORDER BY setid, priority DESC'),
    ).toEqual([
      '1 sip:192.0.2.9:5060 0',
      '1000 sip:127.0.0.1:5999;transport=udp 2',
      '1000 sip:127.0.0.2:5999;transport=udp 1',
    ])
    expect(await site.rows('SELECT ip_addr, mask, tag FROM address WHERE grp = 2 ORDER BY 1')).toEqual([
      '127.0.0.1 32 1000',
      '127.0.0.2 32 1000',
      '192.0.2.0 24 1000',
    ])
    expect(await site.rows(`SELECT flags, auth_password FROM uacreg WHERE l_uuid = '${trunk}'`)).toEqual([
      `0 ${PASSWORD}`,
    ])
    expect(await site.memory('trunks', '1000')).toContain(`i=${trunk};d=${TENANT};a=1;`)
    expect(JSON.stringify(await site.kamailio.rpc.call('dispatcher.list'))).toContain('sip:127.0.0.2:5999')
    const registrations = await site.kamailio.rpc.call('uac.reg_dump')
    expect(JSON.stringify(registrations)).toContain(`"${trunk}"`)
    await site.send('deactivateTrunk', { id: trunk })
    await site.settled()
    expect(await site.memory('trunks', '1000')).toContain('a=0;')
    expect(JSON.stringify(await site.kamailio.rpc.call('dispatcher.list'))).not.toContain('127.0.0.2:5999')
    const list = (await site.kamailio.rpc.call('uac.reg_dump')) as { l_uuid: string; flags: number }[]
    expect(list.find(({ l_uuid }) => l_uuid === trunk)!.flags & 1).toBe(1)
    await site.send('activateTrunk', { id: trunk })
    await site.settled()
  })

  it('brings routes, numbers, rooms, queues and blocks to tables and memory', async () => {
    const queue = await site.send('createCallQueue', { number: '7000', settings: { name: 'Support' } })
    await site.send('createConferenceRoom', { number: '8000', settings: { name: 'Board' } })
    const number = await site.send('addNumber', { number: '+493012345678' })
    await site.send('assignNumber', { id: number.id, target: { kind: 'queue', id: queue.id } })
    await site.send('blockCaller', { match: 'prefix', value: '+1900', reason: 'spam' })
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
    await site.send('blockCaller', { match: 'exact', value: 'Nuisance', reason: 'spam', expiresAt })
    await site.send('replaceRoutes', {
      rules: [
        { kind: 'alias', pattern: 'care4w-[0-9]{7}', target: { kind: 'freeswitch' } },
        { kind: 'local' },
        { kind: 'external', prefix: '+49', strip: 1, prepend: '00', trunks: [{ trunkId: trunk, weight: 100 }] },
      ],
    })
    await site.settled()
    expect(await site.memory('names', `7000@${TENANT}`)).toBe('f=7000')
    expect(await site.memory('names', `8000@${TENANT}`)).toBe('f=8000')
    expect(await site.memory('dids', '+493012345678')).toBe(`d=${TENANT};n=7000`)
    expect(await site.memory('blocked', `${TENANT}/p/+1900`)).toBe('1')
    const block = (await site.kamailio.rpc.call('htable.get', ['blocked', `${TENANT}/e/nuisance`])) as {
      item: { expire: unknown }
    }
    expect(Math.abs(Date.parse(`${String(block.item.expire)}Z`) - Date.parse(expiresAt))).toBeLessThan(30_000)
    expect(await site.memory('tenants', TENANT)).toBe('p=4;l=1')
    expect(await site.rows("SELECT tprefix, tvalue FROM mtree WHERE tname = 'routes'")).toEqual([
      '00004+49 1,00,1000:100',
    ])
    expect(await site.rows('SELECT dpid, pr, match_exp, attrs FROM dialplan WHERE dpid <> 3')).toEqual([
      '4 0 ^care4w-[0-9]{7}$ fs',
    ])
    expect(await site.kamailio.rpc.call('mtree.match', ['routes', '00004+4930', 0])).toMatchObject({})
    await site.send('releaseNumber', { id: number.id })
    await site.settled()
    expect(await site.memory('dids', '+493012345678')).toBeUndefined()
    await site.send('assignNumber', { id: number.id, target: { kind: 'queue', id: queue.id } })
    await site.settled()
  })

  it('takes a number off its target when that is removed at the same moment as the number is assigned', async () => {
    const room = await site.send('createConferenceRoom', { number: '8001', settings: { name: 'Short-lived' } })
    const number = await site.send('addNumber', { number: '+493012345679' })
    await site.settled()
    // both commands have seen views in which the other had not happened yet
    await Promise.allSettled([
      site.send('assignNumber', { id: number.id, target: { kind: 'room', id: room.id } }),
      site.send('removeConferenceRoom', { id: room.id }),
    ])
    await site.settled()
    // whichever won: a number leads to what is there, or nowhere
    const isThere = (await site.memory('names', `8001@${TENANT}`)) !== undefined
    expect((await site.memory('dids', '+493012345679')) !== undefined).toBe(isThere)
    expect(await site.rows("SELECT key_name FROM tk_dids WHERE key_name = '+493012345679'")).toHaveLength(
      isThere ? 1 : 0,
    )
  })

  it('lifts the bans of a user once for each order to do so', async () => {
    const { rpc } = site.kamailio
    const ban = async (address: string) => {
      await rpc.call('htable.sets', ['ban', `${address}/alice@${TENANT}`, 'password'])
      await rpc.call('htable.setex', ['ban', `${address}/alice@${TENANT}`, 600])
    }
    const isBanned = async (address: string) => (await site.memory('ban', `${address}/alice@${TENANT}`)) === 'password'
    await ban('192.0.2.1')
    await ban('192.0.2.2')
    await site.send('unlockSipUser', { id: alice, source: '192.0.2.1' })
    await site.settled()
    expect([await isBanned('192.0.2.1'), await isBanned('192.0.2.2')]).toEqual([false, true])
    await site.send('unlockSipUser', { id: alice })
    await site.settled()
    expect(await isBanned('192.0.2.2')).toBe(false)
    await ban('192.0.2.3')
    await site.send('setSipUserLimits', { id: alice, limits: { callsPerMinute: 9 } })
    await site.settled()
    expect(await isBanned('192.0.2.3')).toBe(true)
  })

  const reconcile = async () => {
    const id = await requestReconcile(site.side.viewStore)
    const done = await until('the comparison is done', async () =>
      (await readReconciliations(site.side.viewStore)).find((one) => one.requestId === id && one.state !== 'running'),
    )
    expect(done).toMatchObject({ state: 'done', target: 'kamailio' })
    await site.settled()
    return done.report.filter(({ missing, surplus, different, foreign }) => missing + surplus + different + foreign > 0)
  }
  const dumpAll = async () => {
    const tables = [
      'subscriber',
      'tk_names',
      'tk_blocked',
      'tk_dids',
      'tk_trunks',
      'tk_tenants',
      'dispatcher',
      'address',
      'dialplan',
      'mtree',
      'uacreg',
    ]
    const all: Record<string, string[]> = {}
    for (const table of tables) {
      all[table] = (await site.rows(`SELECT * FROM ${table}`)).map((line) => line.replace(/^\d+ /, '')).sort()
    }
    return all
  }

  it('finds nothing to repair where all is as it is wanted, and leaves what is not known in a shared domain', async () => {
    expect(await reconcile()).toEqual([
      { table: 'subscriber', place: 'database', missing: 0, surplus: 0, different: 0, foreign: 1 },
      { table: 'dialplan', place: 'database', missing: 0, surplus: 0, different: 0, foreign: 1 },
    ])
  })

  it('repairs and reports what somebody changed in tables and memory, and touches no row of the operator', async () => {
    const before = await dumpAll()
    await site.maria.sql(`
      UPDATE subscriber SET ha1 = 'forged' WHERE username = 'alice';
      DELETE FROM tk_names WHERE key_name = '7000@${TENANT}';
      INSERT INTO tk_names (key_name, key_value) VALUES ('ghost@${TENANT}', 'u=ghost;s=a;c=0;r=0');
      UPDATE tk_trunks SET key_value = 'i=x';
      INSERT INTO dispatcher (setid, destination, flags) VALUES (1000, 'sip:127.0.0.66:5060', 0), (4711, 'sip:127.0.0.67:5060', 0);
      DELETE FROM address WHERE ip_addr = '127.0.0.2';
      UPDATE mtree SET tvalue = '0,-,1000:1' WHERE tname = 'routes';
      DELETE FROM uacreg WHERE l_uuid = '${trunk}';
      DELETE FROM tk_blocked;`)
    const report = await reconcile()
    expect(report.filter(({ place }) => place === 'database')).toEqual([
      { table: 'subscriber', place: 'database', missing: 0, surplus: 0, different: 1, foreign: 1 },
      { table: 'tk_names', place: 'database', missing: 1, surplus: 1, different: 0, foreign: 0 },
      { table: 'tk_blocked', place: 'database', missing: 2, surplus: 0, different: 0, foreign: 0 },
      { table: 'tk_trunks', place: 'database', missing: 0, surplus: 0, different: 1, foreign: 0 },
      { table: 'dispatcher', place: 'database', missing: 0, surplus: 2, different: 0, foreign: 0 },
      { table: 'uacreg', place: 'database', missing: 1, surplus: 0, different: 0, foreign: 0 },
      { table: 'address', place: 'database', missing: 1, surplus: 0, different: 0, foreign: 0 },
      { table: 'dialplan', place: 'database', missing: 0, surplus: 0, different: 0, foreign: 1 },
      { table: 'mtree', place: 'database', missing: 0, surplus: 0, different: 1, foreign: 0 },
    ])
    expect(await dumpAll()).toEqual(before)
    expect(before['mtree']!.filter((line) => line.startsWith('own '))).toEqual(['own 00004 y', 'own 0000491 x'])
    const { rpc } = site.kamailio
    await rpc.call('htable.delete', ['names', `alice@${TENANT}`])
    await rpc.call('htable.sets', ['names', `7000@${TENANT}`, 'f=666'])
    await rpc.call('htable.sets', ['dids', '+491', `d=${TENANT};n=666`])
    await rpc.call('uac.reg_remove', [trunk])
    const inMemory = await reconcile()
    expect(inMemory.filter(({ place }) => place === 'sbc1')).toEqual([
      { table: 'names', place: 'sbc1', missing: 1, surplus: 0, different: 1, foreign: 0 },
      { table: 'dids', place: 'sbc1', missing: 0, surplus: 1, different: 0, foreign: 0 },
      { table: 'uacreg', place: 'sbc1', missing: 1, surplus: 0, different: 0, foreign: 0 },
    ])
    expect(await site.memory('names', `alice@${TENANT}`)).toContain('u=alice')
    expect(await site.memory('names', `7000@${TENANT}`)).toBe('f=7000')
    expect(await site.memory('dids', '+491')).toBeUndefined()
  })

  it('keeps set 1 of the dispatcher only when it is told the addresses of FreeSWITCH', async () => {
    const set = () => site.rows('SELECT destination FROM dispatcher WHERE setid = 1 ORDER BY 1')
    expect(await set()).toEqual(['sip:192.0.2.9:5060'])
    await site.stopProvisioning()
    await site.provision({ freeswitchSip: ['sip:127.0.0.71:5060', 'sip:127.0.0.72:5060'] })
    await until('Kamailio knows them', async () =>
      JSON.stringify(await site.kamailio.rpc.call('dispatcher.list')).includes('sip:127.0.0.72:5060'),
    )
    expect(await set()).toEqual(['sip:127.0.0.71:5060', 'sip:127.0.0.72:5060'])
  })

  it('writes no password and no digest into items, reports or the log', async () => {
    const items = await site.items()
    expect(items.length).toBeGreaterThan(5)
    const kept = JSON.stringify([items, site.lines, await readReconciliations(site.side.viewStore)])
    expect(kept).not.toContain(PASSWORD)
    expect(kept).not.toMatch(/\b[0-9a-f]{32}\b/)
  })
})
