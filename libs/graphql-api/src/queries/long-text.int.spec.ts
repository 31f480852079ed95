/** Text from the wire that no index takes is kept cut; whoever asks for the whole of it finds its rows all the same. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { activityTable, messagesTable } from '@trunkline/projection'
import { VIEW_STORES, type ViewStores } from '../../../../test/support/view-stores.js'
import type { CallsFilter } from '../inputs/calls-filter.input.js'
import type { Connection } from '../paging/index.js'
import { contextOf, VIEWERS } from '../testing/every-query.js'
import { A, call, START } from '../testing/sample-calls.js'
import { TestWorld } from '../testing/test-world.js'
import { findCalls } from './calls.query.js'
import { findActivity, findMessages } from './feeds.query.js'
import { findConferenceMembers, findQueueVisits } from './services.query.js'

const long = (end: string) => 'x'.repeat(300) + end
const user = `${long('')}@${A}`

describe.each(VIEW_STORES)('long text on $name', (kind) => {
  let stores: ViewStores
  let world: TestWorld
  beforeAll(async () => {
    stores = await kind.start()
    world = await TestWorld.create(await stores.open('long'))
    const visit = {
      kind: 'callcenter',
      role: 'caller',
      joinedAt: START,
      leftAt: START + 1,
      answeredAt: null,
      waitMs: 1,
    }
    const both = ['1', '2'].map((end) =>
      call(`c${end}`, {
        tenant: A,
        from: { number: long(end), name: null, user },
        trunk: long(end),
        conversationId: long(end),
        queueVisits: [{ ...visit, name: long(end), agent: null, outcome: 'answered' } as never],
        conferenceVisits: [{ name: long(end), memberId: '1', joinedAt: START, leftAt: START + 1, kicked: false }],
      }),
    )
    await world.writeCalls(...both)
    const sent = { tenant: A, from_user: user, to_user: `bob@${A}`, state: 'delivered', received_at: START }
    await world.write(messagesTable, { id: 'm1', ...sent })
    await world.write(activityTable, { id: 'a1', user, tenant: A, at: START, what: 'call.made' })
  })
  afterAll(async () => {
    await world.close()
    await stores.dispose()
  })

  const [admin, operator] = VIEWERS as [(typeof VIEWERS)[0], (typeof VIEWERS)[0]]
  const ids = ({ edges }: Connection<{ readonly id: string }>) => edges.map(({ node }) => node.id).sort()
  const found = async (filter: CallsFilter, who = admin) =>
    ids(await findCalls(contextOf(who, world.store), filter, { orderBy: 'desc' }))

  it.each<CallsFilter>([
    { number: long('1') },
    { fromNumber: long('1') },
    { trunk: long('1') },
    { conversationId: long('1') },
    { user, trunk: long('1') },
  ])('is found by the whole of it, and not what only begins alike', async (filter) => {
    expect(await found(filter)).toEqual(['c1'])
    expect(await found(filter, operator)).toEqual(['c1'])
  })

  it('is found in names of users, queues and conferences', async () => {
    const context = contextOf(operator, world.store)
    expect(await found({ user }, operator)).toEqual(['c1', 'c2'])
    expect((await findMessages(context, { user }, {})).edges).toHaveLength(1)
    expect((await findActivity(context, user, {})).edges).toHaveLength(1)
    expect((await findQueueVisits(context, { queue: long('2') }, {})).edges).toHaveLength(1)
    expect((await findConferenceMembers(context, { conference: long('2') }, {})).edges).toHaveLength(1)
  })
})
