import { describe, expect, it } from '@jest/globals'
import { compareNode } from './compare-node.js'
import type { CompareParts } from './compare-parts.js'
import type { KamailioNode } from './kamailio-node.js'
import { Turn } from './turn.js'

const NAMES = 600

/** A node with names in its memory, and a table of names; nothing else is anywhere. */
function world({ inMemory, inTable }: { readonly inMemory: () => number; readonly inTable: () => number }) {
  const called: string[] = []
  const value = 'u=x;s=a;c=0;r=0'
  const node = {
    name: 'sbc1',
    isReloading: () => false,
    call: async (method: string) => {
      called.push(method)
      if (method === 'htable.stats') return [{ name: 'names', all: inMemory() }]
      return method === 'htable.get' ? { item: { value } } : []
    },
  }
  const all = async (sql: string, parameters: readonly (string | number)[] = []) => {
    if (!sql.includes('tk_names')) return sql.includes('COUNT') ? [{ n: 0 }] : []
    if (sql.includes('COUNT')) return [{ n: inTable() }]
    const after = Number(parameters[0])
    return Array.from({ length: Math.max(0, Math.min(500, NAMES - after)) }, (_, i) => ({
      id: after + i + 1,
      key_name: `user${after + i + 1}@a.example`,
      key_type: 0,
      value_type: 0,
      key_value: value,
      expires: 0,
    }))
  }
  const turn = new Turn()
  const parts = { database: { all }, turn, now: () => 0, places: { signal: new AbortController().signal } }
  return { node: node as unknown as KamailioNode, parts: parts as unknown as CompareParts, turn, called }
}

const surplusOf = (drift: Awaited<ReturnType<typeof compareNode>>) =>
  drift.find(({ table }) => table === 'names')!.surplus

describe('names in the memory of a node', () => {
  it('that came while it was compared are not taken for too many, and nothing is loaded anew', async () => {
    let names = NAMES
    const { node, parts, turn, called } = world({ inMemory: () => names, inTable: () => names })
    // somebody is provisioning: rows and memory both have more by the end than the pages showed
    void turn.take(async () => void (names += 3))
    expect(surplusOf(await compareNode(node, parts))).toBe(0)
    expect(called).not.toContain('htable.reload')
  })

  it('are loaded anew when there are more than in the table', async () => {
    const { node, parts, called } = world({ inMemory: () => NAMES + 2, inTable: () => NAMES })
    expect(surplusOf(await compareNode(node, parts))).toBe(2)
    expect(called).toContain('htable.reload')
  })
})
