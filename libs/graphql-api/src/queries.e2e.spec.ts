import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { GraphqlApi } from './start-graphql-api.js'
import { B, call, live, START } from './testing/sample-calls.js'
import { ask, TestWorld, token } from './testing/test-world.js'
import { VIEW_STORES, type ViewStores } from '../../../test/support/view-stores.js'

const MINUTE = 60_000
describe.each(VIEW_STORES)('on $name', ({ start }) => {
  let stores: ViewStores
  let world: TestWorld
  let api: GraphqlApi
  let operator: string

  beforeAll(async () => {
    stores = await start()
    world = await TestWorld.create(await stores.open('world'))
    const trunkCall = {
      direction: 'inbound' as const,
      from: { number: '+431234567', name: '=cmd|calc', user: null },
      to: { number: '+49309018', name: null, user: null },
      trunk: 'carrier1',
      did: '+49309018',
    }
    await world.writeCalls(
      ...Array.from({ length: 120 }, (_, i) =>
        call(`c${String(i).padStart(3, '0')}`, { startedAt: START + i * MINUTE }),
      ),
      // Same start: the id makes the order total.
      call('same-1', { startedAt: START - MINUTE }),
      call('same-2', { startedAt: START - MINUTE }),
      call('same-3', { startedAt: START - MINUTE }),
      call('in-1', {
        startedAt: START + 500 * MINUTE,
        ...trunkCall,
        cause: 'USER_BUSY',
        disposition: 'busy',
        talkMs: 0,
      }),
      call('bad-1', {
        startedAt: START + 501 * MINUTE,
        quality: { mos: 2.1, jitterMs: 80, lossPercent: 9, packetsReceived: 9 },
      }),
      call('text-1', {
        startedAt: START + 499 * MINUTE,
        from: { number: 'sip caller  ', name: 'Éeuro  [a-z] (\\d)', user: null },
      }),
      call('hop-1', { startedAt: START + 502 * MINUTE, kind: 'hop' }),
      call('rel-1', {
        startedAt: START + 503 * MINUTE,
        related: [
          { callId: 'in-1', relation: 'pickup' },
          { callId: 'b-1', relation: 'bridged' },
        ],
      }),
      live('live-1', { startedAt: START + 504 * MINUTE }),
      call('b-1', {
        startedAt: START,
        tenant: B,
        from: { number: '1', name: null, user: `eve@${B}` },
        to: { number: '2', name: null, user: `mallory@${B}` },
      }),
    )
    api = await world.start({ limits: { burst: 100_000 } })
    operator = await token('operator')
  })
  afterAll(async () => {
    await world.close()
    await stores.dispose()
  })

  const IDS =
    'query($filter: CallsFilter, $first: Int, $after: String, $last: Int, $before: String, $orderBy: SortOrder) { calls(filter: $filter, first: $first, after: $after, last: $last, before: $before, orderBy: $orderBy) { edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }'
  async function ids(variables: Record<string, unknown>, bearer = operator): Promise<string[]> {
    const { data, errors } = await ask(api, bearer, IDS, variables)
    expect(errors).toBeUndefined()
    return data.calls.edges.map((edge: { node: { id: string } }) => edge.node.id)
  }

  describe('calls', () => {
    it.each([
      [
        'time',
        { from: new Date(START + 500 * MINUTE).toISOString(), to: new Date(START + 502 * MINUTE).toISOString() },
        ['bad-1', 'in-1'],
      ],
      ['trunk', { trunk: 'carrier1' }, ['in-1']],
      ['direction', { direction: 'inbound' }, ['in-1']],
      ['disposition', { disposition: ['busy', 'failed'] }, ['in-1']],
      ['cause', { cause: 'USER_BUSY' }, ['in-1']],
      ['caller, by prefix', { fromNumber: '+4312' }, ['in-1']],
      ['dialled number, by long prefix', { toNumber: '+493090' }, ['in-1']],
      ['number on either side', { number: '+49309018' }, ['in-1']],
      ['quality', { maxMos: 3 }, ['bad-1']],
      ['duration', { maxDurationMs: 10 }, ['in-1']],
      ['text, with LIKE patterns as plain text', { text: 'CMD|' }, ['in-1']],
      ['text that would be a pattern', { text: '%' }, []],
      ['text that would be a regular expression', { text: '.*' }, []],
      ['text of another script, letter by letter', { text: 'ÉE' }, ['text-1']],
      ['text of another script in another case', { text: 'éE' }, []],
      ['text with a space at its end', { text: 'ro ' }, ['text-1']],
      ['text with brackets', { text: '[A-Z] (\\d)' }, ['text-1']],
      ['text that is longer than any name', { text: 'a'.repeat(2000) }, []],
      ['text that holds NUL', { text: 'cmd\0' }, []],
      ['caller, by short prefix', { fromNumber: '+4' }, ['in-1']],
      ['caller, by short prefix in another case', { fromNumber: 'SIP' }, []],
      ['caller, by short prefix with a space', { fromNumber: 'sip ' }, ['text-1']],
      ['caller, by long prefix with a space', { fromNumber: 'sip caller ' }, ['text-1']],
      ['text that would be SQL', { text: "' or 1=1 --" }, []],
      ['conversation', { conversationId: 'bad-1' }, ['bad-1']],
      ['state', { state: ['answered', 'held'] }, ['live-1']],
      [
        'live and ended states at once',
        { state: ['answered', 'ended'], from: new Date(START + 503 * MINUTE).toISOString() },
        ['live-1', 'rel-1'],
      ],
      [
        'hops, when asked for',
        {
          includeHops: true,
          from: new Date(START + 502 * MINUTE).toISOString(),
          to: new Date(START + 503 * MINUTE).toISOString(),
        },
        ['hop-1'],
      ],
      [
        'user without tenant',
        { user: 'alice', from: new Date(START + 503 * MINUTE).toISOString() },
        ['live-1', 'rel-1'],
      ],
      ['user of another tenant', { user: `eve@${B}` }, []],
    ])('are filtered by %s', async (_name, filter, expected) => {
      expect(await ids({ filter })).toEqual(expected)
    })

    it('come in pages that join without hole or repetition, forward and backward, while new calls arrive', async () => {
      const filter = { to: new Date(START + 200 * MINUTE).toISOString() }
      const all = await ids({ filter, first: 200 })
      expect(all).toHaveLength(123)
      expect(all.slice(-3)).toEqual(['same-3', 'same-2', 'same-1'])
      for (const user of [undefined, 'alice']) {
        const forward: string[] = []
        let after: string | null = null
        for (;;) {
          const { data } = await ask(api, operator, IDS, { filter: { ...filter, user }, first: 7, after })
          forward.push(...data.calls.edges.map((edge: { node: { id: string } }) => edge.node.id))
          if (!data.calls.pageInfo.hasNextPage) break
          after = data.calls.pageInfo.endCursor
          await world.writeCalls(call(`new-${forward.length}-${user}`, { startedAt: START + 300 * MINUTE }))
        }
        expect(forward).toEqual(all)
      }
      const backward: string[] = []
      let before: string | null = null
      for (;;) {
        const { data } = await ask(api, operator, IDS, { filter, last: 50, before })
        backward.unshift(...data.calls.edges.map((edge: { node: { id: string } }) => edge.node.id))
        if (!data.calls.pageInfo.hasPreviousPage) break
        before = data.calls.pageInfo.startCursor
      }
      expect(backward).toEqual(all)
      expect(await ids({ filter, first: 200, orderBy: 'asc' })).toEqual([...all].reverse())
    })

    it.each([
      ['page too large', { first: 201 }],
      ['page of nothing', { first: 0 }],
      ['both directions', { first: 1, last: 1 }],
      ['cursor of nothing', { after: 'xyz' }],
      ['cursor of another list', { after: Buffer.from('[1,"messages",5,"a"]').toString('base64url') }],
      ['cursor with wrong types', { after: Buffer.from('[1,"calls","5","a"]').toString('base64url') }],
      ['range turned round', { filter: { from: '2026-02-02T00:00:00Z', to: '2026-01-01T00:00:00Z' } }],
      ['time that is none', { filter: { from: 'yesterday' } }],
      ['direction that is none', { filter: { direction: 'sideways' } }],
    ])('refuse a %s', async (_name, variables) => {
      const { errors } = await ask(api, operator, IDS, variables)
      expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT')
    })
  })

  describe('a call', () => {
    it('shows legs, time line, quality and those related calls that are yours to see', async () => {
      const query =
        '{ call(id: "rel-1") { from { user } legs { id role networkAddress } timeline { what at } quality { mos packetsReceived } related { callId relation call { id trunk } } } }'
      const { data, errors } = await ask(api, operator, query)
      expect(errors).toBeUndefined()
      expect(data.call.legs).toMatchObject([
        { id: 'rel-1-a', networkAddress: '192.0.2.7' },
        { id: 'rel-1-b', role: 'callee' },
      ])
      expect(data.call.timeline).toEqual([{ what: 'started', at: '2026-03-02T16:23:00.000Z' }])
      expect(data.call.quality).toEqual({ mos: 4.2, packetsReceived: 3000 })
      expect(data.call.related).toEqual([
        { callId: 'in-1', relation: 'pickup', call: { id: 'in-1', trunk: 'carrier1' } },
        { callId: 'b-1', relation: 'bridged', call: null },
      ])
    })

    it('of another tenant does not exist', async () => {
      expect((await ask(api, operator, '{ call(id: "b-1") { id } }')).data).toEqual({ call: null })
      const admin = await token('admin', { tenant: '*' })
      expect((await ask(api, admin, '{ call(id: "b-1") { id } }')).data).toEqual({ call: { id: 'b-1' } })
    })

    it('is live until it ends', async () => {
      expect((await ask(api, operator, '{ liveCalls { id state endedAt } }')).data.liveCalls).toEqual([
        { id: 'live-1', state: 'answered', endedAt: null },
      ])
    })
  })

  describe('the CSV export', () => {
    const csv = (query: string, bearer = operator) =>
      fetch(`${api.url}/calls.csv${query}`, { headers: { authorization: `Bearer ${bearer}` } })

    it('takes the filters of the list and gives every row once', async () => {
      const response = await csv(`?to=${new Date(START + 200 * MINUTE).toISOString()}&orderBy=asc`)
      expect(response.headers.get('content-type')).toMatch(/^text\/csv/)
      const lines = (await response.text()).split('\r\n')
      expect(lines).toHaveLength(1 + 123 + 1)
      expect(lines[1]).toMatch(/^same-1,/)
      expect(new Set(lines.slice(1, -1).map((line) => line.split(',')[0]))).toHaveProperty('size', 123)
    })

    it('writes text that a spreadsheet would run as text, and telephone numbers as they are', async () => {
      const text = await (await csv('?trunk=carrier1&minDurationMs=0&disposition=busy,failed')).text()
      expect(text).toContain(",+431234567,'=cmd|calc,")
    })

    it.each([
      ['?nonsense=1'],
      ['?direction=sideways'],
      ['?from=never'],
      ['?minMos=abc'],
      ['?trunk=a&trunk=b'],
      ['?orderBy=up'],
      ['?constructor=1'],
    ])('refuses %s', async (query) => {
      const response = await csv(query)
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({ error: { code: 'BAD_USER_INPUT' } })
    })

    it('is closed without a token, and holds only own calls for a user', async () => {
      expect((await fetch(`${api.url}/calls.csv`)).status).toBe(401)
      const text = await (await csv('', await token('user', { user: 'carol' }))).text()
      expect(text.split('\r\n')).toHaveLength(2)
    })
  })

  describe('the other routes', () => {
    it('are not served twice on one port: the second start fails and leaves nothing running', async () => {
      await expect(world.start({ port: Number(new URL(api.url).port) })).rejects.toMatchObject({ code: 'EADDRINUSE' })
      expect((await fetch(`${api.url}/health/live`)).status).toBe(200)
    })

    it('tell health and metrics', async () => {
      expect((await fetch(`${api.url}/health/live`)).status).toBe(200)
      expect(await (await fetch(`${api.url}/health/ready`)).json()).toMatchObject({ ready: true })
      expect(await (await fetch(`${api.url}/metrics`)).text()).toBe('up 1\n')
    })

    it('answer in the words of the catalogue when there is nothing', async () => {
      const response = await fetch(`${api.url}/nowhere`)
      expect(response.status).toBe(404)
      expect(await response.json()).toMatchObject({ error: { code: 'NOT_FOUND' } })
    })
  })
})
