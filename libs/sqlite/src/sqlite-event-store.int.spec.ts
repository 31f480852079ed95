import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { eventStoreContract, sampleEvent, sampleEvents } from '@trunkline/ports/contract'
import { EVENT_STORE_SQL } from './sqlite-event-store-file.js'
import { openSqliteEventStore } from './sqlite-event-store.js'

eventStoreContract('SQLite', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'trunkline-events-'))
  const file = join(directory, 'below', 'events.sqlite')
  const store = openSqliteEventStore({ file })
  const dispose = async () => {
    await store.close()
    rmSync(directory, { recursive: true })
  }
  return { store, reopen: async () => openSqliteEventStore({ file }), dispose }
})

describe('the SQLite event store', () => {
  let directory: string
  let file: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'trunkline-events-'))
    file = join(directory, 'events.sqlite')
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  it('never scans what grows', async () => {
    const store = openSqliteEventStore({ file })
    await store.append('s', 'none', [sampleEvent()])
    await store.close()
    const db = new DatabaseSync(file, { readOnly: true })
    const { insert, newestPosition, ...queries } = EVENT_STORE_SQL
    for (const sql of Object.values(queries)) {
      const plan = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(
        ...sql
          .split('?')
          .slice(1)
          .map(() => 1),
      )
      expect(plan).toHaveLength(1)
      expect(plan[0]!['detail']).toMatch(/^SEARCH events USING/)
    }
    // The greatest row number is one look at the end of the table; its plan only says SEARCH.
    expect(db.prepare(`EXPLAIN QUERY PLAN ${newestPosition}`).get()!['detail']).toBe('SEARCH events')
    expect(insert).not.toMatch(/SELECT/)
    db.close()
  })

  it('waits for the lock of another process without stopping the event loop, and gives up in time', async () => {
    const store = openSqliteEventStore({ file, busyMs: 3000 })
    await store.append('s', 'none', [sampleEvent()])
    const other = new DatabaseSync(file)
    other.exec('BEGIN IMMEDIATE')
    let ticks = 0
    const ticking = setInterval(() => ticks++, 10)
    const [event] = sampleEvents(1)
    const append = store.append('s', 0, [event!])
    await expect(append).rejects.toMatchObject({ code: 'EVENT_STORE_UNAVAILABLE', retryable: true })
    clearInterval(ticking)
    expect(ticks).toBeGreaterThan(5)
    expect(await store.read('s')).toHaveLength(1)
    const second = store.append('s', 0, [event!])
    setTimeout(() => other.exec('ROLLBACK'), 50)
    expect(await second).toBe(1)
    other.close()
    await store.close()
  })

  it('makes the appends that were handed over before it closes', async () => {
    const store = openSqliteEventStore({ file })
    const appends = sampleEvents(50).map((event, index) => store.append(`s${index}`, 'none', [event]))
    await store.close()
    expect(await Promise.all(appends)).toEqual(appends.map(() => 0))
  })

  it('says that it is unavailable when its file cannot be used, and works when it can', async () => {
    const blocked = join(directory, 'blocked')
    mkdirSync(blocked)
    const store = openSqliteEventStore({ file: blocked })
    const unavailable = { code: 'EVENT_STORE_UNAVAILABLE', retryable: true }
    await expect(store.append('s', 'none', [sampleEvent()])).rejects.toMatchObject(unavailable)
    await expect(store.read('s')).rejects.toMatchObject(unavailable)
    await store.waitForNews({ after: undefined, signal: new AbortController().signal })
    rmSync(blocked, { recursive: true })
    expect(await store.append('s', 'none', [sampleEvent()])).toBe(0)
    await store.close()
  })

  it('refuses a position that is none of its own', async () => {
    const store = openSqliteEventStore({ file })
    await expect(store.readAll({ after: '12', limit: 1 })).rejects.toThrow(TypeError)
    await store.close()
  })
})
