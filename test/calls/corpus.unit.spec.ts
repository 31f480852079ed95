import { describe, expect, it } from '@jest/globals'
import { CallBook, type CallRecord, type Fact } from '@trunkline/domain'
import { disagreements, recordOf } from '../support/agree.js'
import { factsOf, scenarios, truthOf } from '../support/capture.js'

/** These need what only a listener sees: snapshots after a gap or a restart, files of mod_json_cdr. */
const WITH_GAPS = new Set(['dd-switch-killed', 'ee-event-connection-gap'])

export function recordsOf(facts: readonly Fact[]): CallRecord[] {
  const book = new CallBook()
  const records = new Map<string, CallRecord>()
  for (const fact of facts) {
    book.apply(fact)
    for (const change of book.drain()) {
      if (change.after === null) records.delete(change.callId)
      else records.set(change.callId, change.after)
    }
  }
  return [...records.values()].sort((a, b) => a.startedAt - b.startedAt || (a.id < b.id ? -1 : 1))
}

describe('calls folded from captured traffic agree with what the phones saw', () => {
  it.each(scenarios().filter((scenario) => !WITH_GAPS.has(scenario)))('%s', (scenario) => {
    const truth = truthOf(scenario)
    const records = recordsOf(factsOf(scenario))
    expect(records).toHaveLength(truth.calls.length)
    const wrong = truth.calls.flatMap((call) => {
      const record = recordOf(call, records)
      return record === undefined ? [`${call.id} has no record`] : disagreements(call, record, truth.tolerance_s * 1000)
    })
    expect(wrong).toEqual([])
  })
})

describe('what a capture is about is in the record', () => {
  const one = (scenario: string, index = 0) => recordsOf(factsOf(scenario))[index]!

  it('an attended transfer names who, whom and to whom, and relates the two calls', () => {
    const [first, second] = recordsOf(factsOf('o-attended-transfer'))
    expect(first!.transfers).toMatchObject([{ type: 'attended', by: '1003', transferee: '1002', target: '1001' }])
    expect(first!.related).toEqual([{ callId: second!.id, relation: 'attended_transfer' }])
    expect(second!.conversationId).toBe(first!.conversationId)
  })

  it('a blind transfer by callee, by caller and by command', () => {
    expect(one('n-blind-transfer-by-callee').transfers).toMatchObject([
      { type: 'blind', by: '1002', transferee: '1001', target: '1004' },
    ])
    expect(one('n2-blind-transfer-by-caller').transfers).toMatchObject([
      { type: 'blind', by: '1003', transferee: '1001', target: '1002' },
    ])
    expect(one('p-api-uuid-transfer').transfers).toMatchObject([
      { type: 'api', transferee: '1001', target: '1002' },
      { type: 'api', transferee: '1002', target: '1004' },
    ])
  })

  it('a parked call names lot, slot, who parked and who took it, and relates the retrieving call', () => {
    const [parked, retrieving] = recordsOf(factsOf('v-park-retrieve'))
    expect(parked!.parking).toMatchObject({ lot: 'lot_main', slot: '5901', by: '1002', retrievedBy: '1003' })
    expect(retrieving!.related).toEqual([{ callId: parked!.id, relation: 'park_retrieval' }])
    expect(retrieving!.transfers).toEqual([])
  })

  it('a queue: answered by an agent, abandoned, and after a refusal', () => {
    expect(one('x-queue-answered').queue).toMatchObject({
      name: 'support@sip.example.test',
      agent: '1007@sip.example.test',
      outcome: 'answered',
    })
    expect(one('x2-queue-abandoned')).toMatchObject({
      disposition: 'abandoned',
      queue: { outcome: 'abandoned', agent: null },
    })
    expect(one('x3-queue-reject-then-answer')).toMatchObject({
      direction: 'inbound',
      did: '+493090182070',
      routedTo: '7000',
    })
  })

  it('a fifo: caller and consumer are two calls of one conversation', () => {
    const [caller, consumer, abandoned] = recordsOf(factsOf('y-fifo'))
    expect(caller!.queue).toMatchObject({ kind: 'fifo', role: 'caller', agent: '1008', outcome: 'answered' })
    expect(consumer!.queue).toMatchObject({ kind: 'fifo', role: 'consumer' })
    expect(consumer!.conversationId).toBe(caller!.conversationId)
    expect(abandoned!.disposition).toBe('abandoned')
  })

  it('conference members with their times, and who was kicked', () => {
    const records = recordsOf(factsOf('s-conference'))
    expect(records.map((record) => record.conference?.name)).toEqual(['3501', '3501', '3501', '3501'])
    expect(records.map((record) => record.conference?.kicked)).toEqual([false, false, false, true])
  })

  it('voicemail with and without a message', () => {
    const [left, none] = recordsOf(factsOf('u-voicemail'))
    expect(left).toMatchObject({
      disposition: 'voicemail',
      voicemail: { box: '1005@sip.example.test', leftMessage: true },
    })
    expect(none!.disposition).toBe('no_answer')
  })

  it('recordings with the length that the file really has', () => {
    for (const scenario of [
      'w-recorded-call',
      'w2-recorded-loss-jitter',
      'w3-uuid-record',
      'x-queue-answered',
      'u-voicemail',
    ]) {
      const files = truthOf(scenario).recordings
      const recordings = recordsOf(factsOf(scenario)).flatMap((record) => record.recordings)
      expect(recordings.map((recording) => recording.state)).toEqual(files.map(() => 'completed'))
      for (const file of files) {
        const ours = recordings.find((recording) => recording.path === file.file)
        expect(Math.abs(ours!.durationMs! - file.ffprobe.duration_s * 1000)).toBeLessThan(100)
      }
    }
  })

  it('quality of a lossy leg, and none where no packet came', () => {
    expect(one('w2-recorded-loss-jitter').quality).toMatchObject({ mos: 3.73, lossPercent: 10, packetsReceived: 512 })
    expect(one('a-ext-ext-caller-hangup').quality).toBeNull()
  })

  it('four holds, by both sides and by command', () => {
    const record = one('r-hold-unhold')
    expect(record.holds.map((hold) => hold.by)).toEqual(['1002', '1004', '1004', '1004'])
    expect(Math.abs(record.holdMs - (3926 + 7038))).toBeLessThan(200)
  })

  it('trunks: the gateway that carried the call, after another had failed', () => {
    expect(one('i-gateway-503-failover')).toMatchObject({ direction: 'outbound', trunk: 'pstn_backup' })
    expect(one('j-inbound-did')).toMatchObject({
      direction: 'inbound',
      did: '+493090182001',
      routedTo: '1001',
      to: { user: '1001@sip.example.test' },
    })
  })

  it('a picked-up call keeps its rung phone and who picked it up; listening in is another call', () => {
    const [heard, listener, picked] = recordsOf(factsOf('kk-supervisor'))
    expect(listener!.related).toEqual([{ callId: heard!.id, relation: 'eavesdrop' }])
    expect(picked!.legs.map((leg) => leg.role)).toEqual(['caller', 'callee', 'interceptor'])
  })

  it('the ring group that nobody answered is one cancelled call', () => {
    expect(one('l2-ring-group-nobody')).toMatchObject({ disposition: 'cancelled', hungUpBy: 'caller' })
  })
})
