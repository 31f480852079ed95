import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { CallBook, type CallRecord, type Fact } from '@trunkline/domain'
import { translateKamailioEvent } from '@trunkline/kamailio'

const lines = readFileSync(join(import.meta.dirname, '../captures/kamailio/events.jsonl'), 'utf8').split('\n')
const facts = lines.flatMap((line): Fact[] => {
  if (line === '' || line.startsWith('{"step"') || line.startsWith('{"tap"')) return []
  const fact = translateKamailioEvent(line, 'sbc1')
  return fact === undefined ? [] : [fact]
})

function fold(some: readonly Fact[]): CallRecord[] {
  const book = new CallBook()
  const records = new Map<string, CallRecord>()
  for (const fact of some) {
    book.apply(fact)
    for (const { callId, after } of book.drain()) if (after !== null) records.set(callId, after)
  }
  return [...records.values()].sort((a, b) => a.startedAt - b.startedAt)
}

describe("a proxy's dialogs as calls", () => {
  const records = fold(facts)
  const summary = records.map(({ disposition, hungUpBy, sipStatus }) => `${disposition} ${hungUpBy} ${sipStatus}`)

  it('answered and ended by either side, busy, cancelled, not answered, unknown, ended by the server', () => {
    expect(summary).toEqual([
      'answered caller 200',
      'answered callee 200',
      'busy callee 486',
      'cancelled caller 487',
      'no_answer system 408',
      'no_answer system 408',
      'failed system 404',
      'answered system 200',
      'answered system 200',
    ])
    expect(records.map(({ from, to }) => `${from.user} ${to.user}`)[0]).toBe('alice@kam.lab bob@kam.lab')
  })

  it('are the same whatever comes twice or late', () => {
    const doubled = facts.flatMap((fact, index) => (index % 2 === 0 ? [fact, fact] : [fact]))
    expect(fold(doubled)).toEqual(records)
    const swapped = facts.map(
      (fact, index) => facts[index % 2 === 0 ? Math.min(index + 1, facts.length - 1) : index - 1] ?? fact,
    )
    expect(fold(swapped)).toEqual(records)
  })
})
