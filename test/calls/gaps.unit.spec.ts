import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { CallBook, type CallRecord, type Fact } from '@trunkline/domain'
import { translate, translateCdr } from '@trunkline/esl'
import { disagreements, recordOf } from '../support/agree.js'
import { CAPTURES, connections, events, truthOf } from '../support/capture.js'

const EE = 'ee-event-connection-gap'
const DD = 'dd-switch-killed'

function factsOfConnection(scenario: string, index: number): Fact[] {
  return [...events(connections(scenario)[index]!)].flatMap((event) => translate(event, 'pbx1') ?? [])
}

interface ListedRow {
  readonly uuid: string
  readonly created_epoch: string
  readonly [column: string]: string
}

function snapshot(scenario: string, options: { file: string; core: string; atMs: number; absent?: string[] }): Fact {
  const raw = readFileSync(join(CAPTURES, scenario, 'api', options.file), 'utf8')
  const { rows = [] } = JSON.parse(raw.slice(raw.indexOf('\n\n') + 2)) as { rows?: ListedRow[] }
  return {
    id: `listener/test/${options.file}/${options.atMs}`,
    type: 'switch.snapshot',
    version: 1,
    key: 'pbx1',
    time: options.atMs * 1000,
    data: {
      core: options.core,
      listener: 'test',
      reason: 'connected',
      absent: options.absent ?? [],
      channels: rows.map((row) => ({
        channel: row.uuid,
        createdAt: Number(row.created_epoch) * 1_000_000,
        direction: row['direction'],
        name: row['name'],
        callState: row['callstate'],
        callerNumber: row['cid_num'],
        callerName: row['cid_name'],
        destination: row['dest'],
        callUuid: row['call_uuid'],
        presenceId: row['presence_id'],
      })),
    },
  }
}

function cdrFacts(scenario: string): Fact[] {
  const folder = join(CAPTURES, scenario, 'cdr')
  return readdirSync(folder).flatMap((file) => translateCdr(readFileSync(join(folder, file), 'utf8'), 'pbx1') ?? [])
}

function fold(facts: readonly Fact[]): CallRecord[] {
  const book = new CallBook()
  const records = new Map<string, CallRecord>()
  for (const fact of facts) {
    book.apply(fact)
    for (const { callId, after } of book.drain()) after === null ? records.delete(callId) : records.set(callId, after)
  }
  return [...records.values()]
}

function coreOf(facts: readonly Fact[]): string {
  const [created] = facts.filter((fact) => fact.type === 'channel.created')
  return created!.data.core
}

describe('a gap in the connection', () => {
  const truth = truthOf(EE)
  const core = '850fcf75-62c6-458b-9bfe-1fcd63d0b65e'
  const [before, after] = [factsOfConnection(EE, 0), factsOfConnection(EE, 1)]
  const endedInGap = truth.calls[0]!
  const first = snapshot(EE, { file: '011_show_channels_as_json.raw', core, atMs: 1795231998208 })
  const known = before.flatMap((fact) => (fact.type === 'channel.created' ? [fact.data.channel] : []))

  it('makes a call that is not listed unknown, not ended', () => {
    const record = recordOf(endedInGap, fold([...before, first]))
    expect(record).toMatchObject({ state: 'unknown', endedAt: null, hungUpBy: null })
  })

  it('ends it within bounds when it is missing twice and uuid_exists denies it', () => {
    const second = snapshot(EE, { file: '011_show_channels_as_json.raw', core, atMs: 1795232003208, absent: known })
    const record = recordOf(endedInGap, fold([...before, first, ...after, second]))!
    expect(record).toMatchObject({
      state: 'ended',
      hungUpBy: 'unknown',
      known: { how: 'inferred', notAfter: 1795231998208 },
    })
    expect(record.known.notBefore!).toBeLessThan(1795231987906)
  })

  it('is closed from the files of mod_json_cdr: all five calls as the phones saw them', () => {
    const records = fold([...before, first, ...after, ...cdrFacts(EE)])
    expect(records).toHaveLength(truth.calls.length)
    const wrong = truth.calls.flatMap((call) => {
      const record = recordOf(call, records)
      return record === undefined ? [`${call.id} has no record`] : disagreements(call, record, truth.tolerance_s * 1000)
    })
    expect(wrong).toEqual([])
    expect(recordOf(endedInGap, records)!.lifecycle).toBe('amended')
  })

  it('ends a call at its hang-up when nothing else of its end was heard', () => {
    const whole = factsOfConnection('a-ext-ext-caller-hangup', 0)
    const cut = whole.filter(({ type }) => !['channel.completed', 'channel.destroyed'].includes(type))
    const channels = cut.flatMap((fact) => (fact.type === 'channel.created' ? [fact.data.channel] : []))
    const look = (atMs: number): Fact => ({
      id: `listener/test/${atMs}`,
      type: 'switch.snapshot',
      version: 1,
      key: 'pbx1',
      time: cut.at(-1)!.time + atMs * 1000,
      data: { core: coreOf(cut), listener: 'test', reason: 'gap', channels: [], absent: channels },
    })
    expect(fold([...cut, look(100)]).map(({ state }) => state)).not.toContain('ended')
    const [record] = fold([...cut, look(100), look(5000)])
    const [undisturbed] = fold(whole)
    expect(record).toMatchObject({ state: 'ended', endedAt: undisturbed!.endedAt, hungUpBy: 'unknown' })
  })

  it('shows calls that began in the gap as soon as the switch lists them', () => {
    const inGap = snapshot(EE, { file: '001_show_channels_as_json.raw', core, atMs: 1795231987899 })
    const records = fold([inGap])
    expect(records.map((record) => record.from.number).sort()).toEqual(['1000', '1002', '1004'])
  })
})

describe('a switch that was killed and came back', () => {
  const truth = truthOf(DD)
  const cores = truth.facts as { core_uuid_after: string }
  const [before, after] = [factsOfConnection(DD, 0), factsOfConnection(DD, 1)]
  const listing = snapshot(DD, {
    file: '011_show_channels_as_json.raw',
    core: cores.core_uuid_after,
    atMs: 1795231977449,
  })
  const records = fold([...before, listing, ...after])

  it('ends what the old process left open, as inferred and within bounds', () => {
    for (const call of truth.calls.slice(0, 3)) {
      const record = recordOf(call, records)!
      expect(record).toMatchObject({
        state: 'ended',
        hungUpBy: 'unknown',
        disposition: call.answered ? 'answered' : 'unknown',
      })
      expect(record.known).toMatchObject({ how: 'inferred', reason: 'switch restarted', notAfter: 1795231977449 })
    }
  })

  it('tells calls after the restart as any other', () => {
    const call = truth.calls[3]!
    expect(disagreements(call, recordOf(call, records)!, truth.tolerance_s * 1000)).toEqual([])
  })

  it('takes an inferred end back when the channel lives on (sofia recover)', () => {
    const created = before.find((fact) => fact.type === 'channel.created')!
    const alive = {
      ...created,
      id: 'core2/1',
      type: 'channel.answered',
      time: listing.time + 1_000_000,
      data: { ...created.data, core: cores.core_uuid_after, seq: 1 },
    } as Fact
    const channel = (created.data as { channel: string }).channel
    const revived = fold([...before, listing, alive]).find((record) => record.legs.some((leg) => leg.id === channel))!
    expect(revived.legs.find((leg) => leg.id === channel)!.endedAt).toBeNull()
  })
})

describe('evidence that contradicts itself', () => {
  it('is settled by the better kind: a listed call uuid gives way to the originator', () => {
    const listed = (channel: string, callUuid: string) => ({
      channel,
      callUuid,
      createdAt: 1_000_000,
      direction: 'outbound',
      callState: 'ACTIVE',
    })
    const identity = { version: 1, key: 'pbx1', time: 5_000_000 } as const
    const listing: Fact = {
      ...identity,
      id: 'listener/1',
      type: 'switch.snapshot',
      data: {
        core: 'core',
        listener: 'test',
        reason: 'connected',
        absent: [],
        channels: [listed('first', 'second'), listed('second', 'second')],
      },
    }
    const recorded: Fact = {
      ...identity,
      id: 'cdr/core/second',
      type: 'channel.recorded',
      time: 9_000_000,
      data: { core: 'core', seq: 0, channel: 'second', direction: 'outbound', vars: { originator: 'first' } },
    }
    for (const order of [
      [listing, recorded],
      [recorded, listing],
    ]) {
      const records = fold(order)
      expect(records.map((record) => [record.id, record.legs.length])).toEqual([['first', 2]])
    }
  })
})
