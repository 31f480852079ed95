import { describe, expect, it } from '@jest/globals'
import { buildSchema, getOperationAST, parse } from 'graphql'
import { operationSize } from './operation-cost.js'
import { TokenBuckets } from '@trunkline/runtime'

describe('a token bucket', () => {
  it('gives its burst, then what comes back with time, and never more than the burst', () => {
    let now = 0
    const buckets = new TokenBuckets(3, 2, () => now)
    expect([1, 2, 3, 4].map(() => buckets.take('a'))).toEqual([true, true, true, false])
    expect(buckets.take('b')).toBe(true)
    now = 500
    expect([1, 2].map(() => buckets.take('a'))).toEqual([true, false])
    now = 1_000_000
    expect([1, 2, 3, 4].map(() => buckets.take('a'))).toEqual([true, true, true, false])
  })

  it('lets a dear request pass once and makes it wait', () => {
    let now = 0
    const buckets = new TokenBuckets(10, 1, () => now)
    expect(buckets.take('a', 20)).toBe(true)
    now = 10_000
    expect(buckets.take('a')).toBe(false)
    now = 11_000
    expect(buckets.take('a')).toBe(true)
  })

  it('holds a bounded number of keys, whoever asks', () => {
    const buckets = new TokenBuckets(1, 1, () => 0, 100)
    for (let i = 0; i < 10_000; i++) buckets.take(`key ${i}`)
    expect((buckets as unknown as { buckets: Map<string, unknown> }).buckets.size).toBeLessThanOrEqual(100)
  })
})

describe('the size of an operation', () => {
  const schema = buildSchema(`
    type Query { calls(first: Int): CallConnection one: Call all: [Call] }
    type CallConnection { edges: [Edge] } type Edge { node: Call } type Call { id: ID one: Call many: [Call] }
  `)
  const size = (query: string, variables = {}) => {
    const document = parse(query)
    return operationSize(schema, document, getOperationAST(document)!, variables)
  }

  it('multiplies what stands in a page by its length', () => {
    const query = '{ calls(first: 10) { edges { node { id one { id } } } } }'
    expect(size(query).cost).toBe(1 + 10 * (1 + 2))
    expect(size('query($n: Int) { calls(first: $n) { edges { node { id } } } }', { n: 20 }).cost).toBe(1 + 20 * 2)
    expect(size('query($n: Int) { calls(first: $n) { edges { node { id } } } }').cost).toBe(1 + 200 * 2)
    expect(size('{ calls(first: 100000) { edges { node { id } } } }').cost).toBe(1 + 200 * 2)
    expect(size('{ all { many { id } } }').cost).toBe(50 * (1 + 50))
  })

  it('counts depth and aliases through fragments', () => {
    const query = '{ a: one { ...F } b: one { ... on Call { c: id } } } fragment F on Call { one { one { x: id } } }'
    expect(size(query)).toMatchObject({ depth: 4, aliases: 4 })
  })

  it('of fragments that double at each level is found at once', () => {
    const fragments = Array.from(
      { length: 60 },
      (_, i) => `fragment F${i} on Call { one { ...F${i + 1} } two: one { ...F${i + 1} } }`,
    )
    const begin = performance.now()
    expect(size(`{ one { ...F0 } } ${fragments.join(' ')} fragment F60 on Call { id }`).cost).toBeGreaterThan(1e15)
    expect(performance.now() - begin).toBeLessThan(5000)
  })
})
