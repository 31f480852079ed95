import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { Row, TableDefinition, ViewStore } from '../view-store.js'

export interface ViewStoreUnderTest {
  readonly store: ViewStore
  /** Opens the same store once more, as another process or after a restart would. */
  reopen(): Promise<ViewStore>
  /** Closes `store` and removes what it stored. */
  dispose(): Promise<void>
}

const things = {
  name: 'things',
  key: ['owner', 'number'],
  columns: {
    owner: 'text',
    number: 'integer',
    label: 'text',
    weight: 'real',
    open: 'boolean',
    details: 'json',
    story: 'longtext',
  },
  indexes: { things_label: ['label', 'number'] },
} as const satisfies TableDefinition

const marks = { name: 'marks', key: ['id'], columns: { id: 'integer' } } as const satisfies TableDefinition

function thing(number: number, more: Partial<Row> = {}): Row {
  const row: Row = { owner: 'a', number, label: `n${number}`, weight: 1.5, open: 1, details: '{"x":1}', story: null }
  return { ...row, ...more } as Row
}

/** What every adapter of the view store promises. `open` gives an empty store. */
export function viewStoreContract(name: string, open: () => Promise<ViewStoreUnderTest>): void {
  describe(`view store contract: ${name}`, () => {
    let subject: ViewStoreUnderTest
    let store: ViewStore
    const rows = () => store.all('SELECT * FROM things ORDER BY owner, number')
    const checkpoint = () => store.checkpoint('p', 0)

    beforeEach(async () => {
      subject = await open()
      store = subject.store
      await store.createTables([things, marks])
    })
    afterEach(() => subject.dispose())

    it('creates tables twice, and by two openers at once, without harm', async () => {
      const again = await subject.reopen()
      await store.transaction((tx) => tx.upsert(things, [thing(1)]))
      await Promise.all([store.createTables([things]), again.createTables([things, marks])])
      expect(await rows()).toHaveLength(1)
      await again.close()
    })

    it('replaces tables by their shadows, all at once, once or twice, by two openers at once', async () => {
      const shadows = [
        { ...things, name: 'things__g7', indexes: { things_label__g7: ['label', 'number'] } },
        { ...marks, name: 'marks__g7' },
      ] as const
      await store.createTables(shadows)
      await store.transaction(async (tx) => {
        await tx.upsert(things, [thing(1)])
        await tx.upsert(shadows[0], [thing(2), thing(3)])
        await tx.upsert(shadows[1], [{ id: 5 }])
      })
      const again = await subject.reopen()
      const pairs = [
        { live: 'things', shadow: 'things__g7' },
        { live: 'marks', shadow: 'marks__g7' },
      ]
      await Promise.all([store.replaceTables(pairs), again.replaceTables(pairs)])
      await again.replaceTables(pairs)
      expect((await rows()).map((row) => row['number'])).toEqual([2, 3])
      expect(await store.all('SELECT id FROM marks')).toEqual([{ id: 5 }])
      await expect(store.all('SELECT * FROM things__g7')).rejects.toThrow()
      // the table is as it was declared: written, and not indexed once more
      await store.createTables([things])
      await store.transaction((tx) => tx.upsert(things, [thing(2, { label: 'new' })]))
      expect(await rows()).toHaveLength(2)
      await again.close()
    })

    const first = { version: 1, name: 'first', steps: [{ createTable: { ...marks, name: 'kept' } }] }
    const second = {
      version: 2,
      name: 'second',
      steps: [
        { addColumn: { table: 'kept', column: 'label', type: 'text' } },
        { run: "UPDATE kept SET label = 'old' WHERE label IS NULL" },
        { dropTable: 'marks' },
      ],
    } as const

    it('migrates forward, once, by two openers at once, and keeps what was there', async () => {
      const again = await subject.reopen()
      await store.migrate([first])
      await store.transaction((tx) => tx.run('INSERT INTO kept (id) VALUES (7)'))
      await Promise.all([store.migrate([first, second]), again.migrate([first, second])])
      await store.migrate([first, second])
      expect(await store.all('SELECT * FROM kept')).toEqual([{ id: 7, label: 'old' }])
      expect(await store.all('SELECT version, name FROM schema_migrations ORDER BY version')).toEqual([
        { version: 1, name: 'first' },
        { version: 2, name: 'second' },
      ])
      await expect(store.all('SELECT * FROM marks')).rejects.toThrow()
      await again.close()
    })

    it('takes up a migration that was interrupted after some of its steps', async () => {
      const broken = { ...second, steps: [...second.steps.slice(0, 2), { run: 'not sql' }] }
      await store.migrate([first])
      await expect(store.migrate([first, broken])).rejects.toThrow()
      await store.migrate([first, second])
      expect(await store.all('SELECT id, label FROM kept')).toEqual([])
    })

    it('refuses a database of newer code', async () => {
      await store.migrate([first, second])
      await expect(store.migrate([first])).rejects.toMatchObject({ code: 'STORE_TOO_NEW', retryable: false })
    })

    it('tells texts apart that differ in case, accents, or spaces at their end', async () => {
      const labels = ['a', 'A', 'á', 'a ', 'a  ', 'a\u001f', 'a \u001f', '', ' ']
      const owned = labels.map((owner) => thing(1, { owner, label: owner }))
      await store.transaction((tx) => tx.upsert(things, owned))
      const stored = await store.all<{ owner: string; label: string }>('SELECT owner, label FROM things')
      expect(stored.map(({ owner }) => owner).sort()).toEqual([...labels].sort())
      expect(stored.every(({ owner, label }) => owner === label)).toBe(true)
      for (const owner of labels) {
        expect(await store.all('SELECT owner FROM things WHERE owner = ?', [owner])).toEqual([{ owner }])
      }
      await store.transaction((tx) => tx.remove(things, [{ owner: 'a ', number: 1 }]))
      expect(await store.all('SELECT 1 FROM things')).toHaveLength(labels.length - 1)
    })

    it('orders text by code point', async () => {
      const owners = ['Z', 'a', 'z', 'é', 'ﬀ', '𝕏', '10', '9']
      await store.transaction((tx) =>
        tx.upsert(
          things,
          owners.map((owner) => thing(1, { owner })),
        ),
      )
      const stored = await store.all<{ owner: string }>('SELECT owner FROM things ORDER BY owner')
      expect(stored.map(({ owner }) => owner)).toEqual(['10', '9', 'Z', 'a', 'z', 'é', 'ﬀ', '𝕏'])
    })

    it('keeps text that no index takes shortened, and still told apart', async () => {
      const long = 'x'.repeat(300)
      const keys = [`${long}1`, `${long}2`]
      await store.transaction((tx) =>
        tx.upsert(
          things,
          keys.map((owner) => thing(1, { owner, label: owner })),
        ),
      )
      const stored = await store.all<{ owner: string; label: string }>('SELECT owner, label FROM things ORDER BY owner')
      expect(stored).toHaveLength(2)
      for (const { owner, label } of stored) {
        expect(owner).toHaveLength(255)
        expect(label).toBe(owner)
      }
      await store.transaction((tx) => tx.remove(things, [{ owner: keys[0]!, number: 1 }]))
      expect(await store.all('SELECT 1 FROM things')).toHaveLength(1)
    })

    it('keeps text as long as an index takes, with a space at its end too', async () => {
      const owners = ['a', ' '].map((last) => 'x'.repeat(254) + last)
      await store.transaction((tx) =>
        tx.upsert(
          things,
          owners.map((owner) => thing(1, { owner, label: owner })),
        ),
      )
      for (const owner of owners) {
        expect(await store.all('SELECT owner, label FROM things WHERE owner = ?', [owner])).toEqual([
          { owner, label: owner },
        ])
      }
    })

    it('drops tables, and does not mind those that are not there', async () => {
      await store.createTables([{ ...marks, name: 'marks__g8' }])
      await store.dropTables(['marks__g8', 'marks__g9'])
      await expect(store.all('SELECT * FROM marks__g8')).rejects.toThrow()
    })

    it('gives back each type of column as it was written', async () => {
      const row = thing(1_780_000_000_123_456, { weight: 0.1, open: 0, story: 'long', details: null })
      await store.transaction((tx) => tx.upsert(things, [row]))
      expect(await rows()).toEqual([row])
    })

    it('keeps any text as data', async () => {
      const label = '\'; DROP TABLE things; -- \0 \u0001 " \\ % é 𝕏'
      await store.transaction((tx) => tx.upsert(things, [thing(1, { label, story: 'x'.repeat(500_000) })]))
      expect(await store.all('SELECT label FROM things WHERE label = ?', [label])).toEqual([{ label }])
    })

    it('replaces rows of the same key, also within one call', async () => {
      await store.transaction((tx) => tx.upsert(things, [thing(1), thing(2), thing(1, { label: 'new' })]))
      await store.transaction((tx) => tx.upsert(things, [thing(2, { label: null })]))
      expect((await rows()).map((row) => row['label'])).toEqual(['new', null])
    })

    it('takes rows that are nothing but their key', async () => {
      await store.transaction((tx) => tx.upsert(marks, [{ id: 1 }, { id: 1 }, { id: 2 }]))
      expect(await store.all('SELECT id FROM marks ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }])
    })

    it('refuses a row that lacks a column', async () => {
      await expect(store.transaction((tx) => tx.upsert(things, [{ owner: 'a', number: 1 }]))).rejects.toThrow(/label/)
      expect(await rows()).toEqual([])
    })

    it('removes rows by key and does not mind missing ones', async () => {
      await store.transaction((tx) => tx.upsert(things, [thing(1), thing(2)]))
      await store.transaction((tx) =>
        tx.remove(things, [
          { owner: 'a', number: 1 },
          { owner: 'b', number: 9 },
        ]),
      )
      expect((await rows()).map((row) => row['number'])).toEqual([2])
    })

    it('sees its own writes inside a transaction', async () => {
      const seen = await store.transaction(async (tx) => {
        await tx.upsert(things, [thing(1)])
        await tx.run('UPDATE things SET label = ? WHERE number = ?', ['ran', 1])
        return tx.all<{ label: string }>('SELECT label FROM things WHERE owner = ?', ['a'])
      })
      expect(seen).toEqual([{ label: 'ran' }])
    })

    it('rolls everything back when the work throws', async () => {
      const work = store.transaction(async (tx) => {
        await tx.upsert(things, [thing(1)])
        await tx.moveCheckpoint('p', { partition: 0, from: undefined, to: '1' })
        throw new Error('no')
      })
      await expect(work).rejects.toThrow('no')
      expect(await rows()).toEqual([])
      expect(await checkpoint()).toBeUndefined()
    })

    it('goes on after a transaction that failed', async () => {
      await expect(store.transaction((tx) => tx.run('not sql'))).rejects.toThrow()
      await store.transaction((tx) => tx.upsert(things, [thing(1)]))
      expect(await rows()).toHaveLength(1)
    })

    it('runs transactions one after the other, in the order asked for', async () => {
      const order: string[] = []
      const one = async (id: string, pauseMs: number) =>
        store.transaction(async () => {
          order.push(`${id} begins`)
          await new Promise((resolve) => setTimeout(resolve, pauseMs))
          order.push(`${id} ends`)
        })
      await Promise.all([one('a', 20), one('b', 0)])
      expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends'])
    })

    it('loses no update when two openers count the same row up', async () => {
      const again = await subject.reopen()
      await store.transaction((tx) => tx.upsert(things, [thing(1, { weight: 0 })]))
      const countUp = (on: ViewStore) =>
        on.transaction(async (tx) => {
          const [row] = await tx.all<{ weight: number }>('SELECT weight FROM things WHERE number = 1')
          await new Promise((resolve) => setTimeout(resolve, 1))
          await tx.upsert(things, [thing(1, { weight: row!.weight + 1 })])
        })
      await Promise.all(Array.from({ length: 20 }, (_, index) => countUp(index % 2 === 0 ? store : again)))
      expect(await store.all('SELECT weight FROM things')).toEqual([{ weight: 20 }])
      await again.close()
    })

    it('shows readers only what is committed', async () => {
      await store.transaction(async (tx) => {
        await tx.upsert(things, [thing(1)])
        expect(await rows()).toEqual([])
      })
      expect(await rows()).toHaveLength(1)
    })

    it('shows one state of all tables for the length of a snapshot', async () => {
      await store.transaction((tx) => tx.upsert(things, [thing(1)]))
      await store.snapshot(async (reader) => {
        await store.transaction(async (tx) => {
          await tx.upsert(things, [thing(2)])
          await tx.upsert(marks, [{ id: 1 }])
        })
        expect(await reader.all('SELECT * FROM things')).toHaveLength(1)
        expect(await reader.all('SELECT * FROM marks')).toHaveLength(0)
        expect(await reader.snapshot((inner) => inner.all('SELECT * FROM things'))).toHaveLength(1)
      })
      expect(await rows()).toHaveLength(2)
    })

    it('serves many snapshots at once', async () => {
      await store.transaction((tx) => tx.upsert(things, [thing(1)]))
      const look = () =>
        store.snapshot(async (reader) => {
          await new Promise((resolve) => setTimeout(resolve, 5))
          return (await reader.all('SELECT * FROM things')).length
        })
      expect(await Promise.all(Array.from({ length: 30 }, look))).toEqual(new Array(30).fill(1))
    })

    it('moves a checkpoint only from where it stands', async () => {
      const move = (from: string | undefined, to: string) =>
        store.transaction((tx) => tx.moveCheckpoint('p', { partition: 0, from, to }))
      const conflict = { code: 'CHECKPOINT_CONFLICT', retryable: true }
      expect(await checkpoint()).toBeUndefined()
      await expect(move('1', '2')).rejects.toMatchObject(conflict)
      await move(undefined, '1')
      await expect(move(undefined, '2')).rejects.toMatchObject(conflict)
      await move('1', '2')
      await expect(move('1', '3')).rejects.toMatchObject(conflict)
      expect(await checkpoint()).toBe('2')
    })

    it('moves a checkpoint to where it stands already', async () => {
      await store.transaction((tx) => tx.moveCheckpoint('p', { partition: 0, from: undefined, to: '1' }))
      await store.transaction((tx) => tx.moveCheckpoint('p', { partition: 0, from: '1', to: '1' }))
      expect(await checkpoint()).toBe('1')
    })

    it('keeps checkpoints of partitions and projections apart', async () => {
      await store.transaction((tx) => tx.moveCheckpoint('p', { partition: 1, from: undefined, to: '7' }))
      expect(await store.checkpoint('p', 0)).toBeUndefined()
      expect(await store.checkpoint('q', 1)).toBeUndefined()
      expect(await store.checkpoint('p', 1)).toBe('7')
    })

    it('rolls rows back when the checkpoint was moved by another', async () => {
      const again = await subject.reopen()
      await again.transaction((tx) => tx.moveCheckpoint('p', { partition: 0, from: undefined, to: '5' }))
      const work = store.transaction(async (tx) => {
        await tx.upsert(things, [thing(1)])
        await tx.moveCheckpoint('p', { partition: 0, from: undefined, to: '1' })
      })
      await expect(work).rejects.toMatchObject({ code: 'CHECKPOINT_CONFLICT' })
      expect(await rows()).toEqual([])
      await again.close()
    })

    it('has committed rows for whoever opens the store again', async () => {
      await store.transaction((tx) => tx.upsert(things, [thing(1)]))
      const again = await subject.reopen()
      expect(await again.all('SELECT number FROM things')).toEqual([{ number: 1 }])
      await again.close()
    })

    it('refuses work on a transaction that is over', async () => {
      const leaked = await store.transaction(async (tx) => tx)
      await expect(leaked.upsert(things, [thing(1)])).rejects.toThrow()
      expect(await rows()).toEqual([])
    })

    it('says that it is unavailable, retryable, once closed', async () => {
      await store.close()
      await expect(store.all('SELECT 1')).rejects.toMatchObject({ code: 'VIEW_STORE_UNAVAILABLE', retryable: true })
    })
  })
}
