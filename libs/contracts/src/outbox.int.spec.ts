/** What the views tell the world, against its schemas: calls, calls that merge, presence. */
import { describe, expect, it } from '@jest/globals'
import { SHARED_TABLES, VIEWS, type OutboxEvent } from '@trunkline/projection'
import { openSqliteViewStore } from '@trunkline/sqlite'
import { factsOf, scenarios } from '../../../test/support/capture.js'
import { project } from '../../../test/support/project.js'
import { schemaFaults } from './testing/schema-faults.js'

describe('events of the outbox', () => {
  it('all fit their schemas, whatever the order of arrival', async () => {
    const types = new Set<string>()
    for (const scenario of [...scenarios().slice(0, 30), 'aa-registrations', 'z-sip-message']) {
      const store = openSqliteViewStore({ file: ':memory:' })
      await store.createTables(SHARED_TABLES)
      // Backwards, so that legs come before the leg that brought them about: their calls merge.
      const facts = factsOf(scenario).reverse()
      const events: OutboxEvent[] = []
      for (const make of Object.values(VIEWS)) events.push(...(await project(store, facts, { make, batch: 7 })))
      await store.close()
      for (const { type } of events) types.add(type)
      expect(events.flatMap(({ type, data }) => schemaFaults(type, data))).toEqual([])
    }
    expect([...types]).toEqual(expect.arrayContaining(['call.merged', 'call.ended', 'presence.changed']))
  })
})
