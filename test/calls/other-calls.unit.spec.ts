/** Calls of kinds that no capture holds, made of captured events. */
import { describe, expect, it } from '@jest/globals'
import { after, at, eventsOf, factsFrom, fold, isEnd, without, type Event } from '../support/recompose.js'

const CLEARED = { 'Hangup-Cause': 'NORMAL_CLEARING', variable_hangup_cause: 'NORMAL_CLEARING' }
/** What names the leg that brought another about. */
const ORIGIN = ['variable_originator', 'variable_originating_leg_uuid', 'Other-Type', 'Other-Leg-Unique-ID']
const recordsOf = (events: readonly Event[]) => fold(factsFrom(events))

describe('phones that threads of their own called', () => {
  /** `user/1001:_:user/1002`: no originator, no other leg; only a variable names the caller. */
  const enterprise = eventsOf('l-ring-group-simultaneous').map((event) => {
    const caller = event['variable_originator']
    if (event['Call-Direction'] !== 'outbound') return event
    return caller === undefined
      ? without(event, ORIGIN)
      : { ...without(event, ORIGIN), variable_ent_originate_aleg_uuid: caller }
  })

  it('belong to the call of whom they were called for', () => {
    const shapes = recordsOf(enterprise).map(({ disposition, hungUpBy, answeredBy, legs }) => ({
      disposition,
      hungUpBy,
      answerer: answeredBy?.number,
      roles: legs.map(({ role }) => role),
    }))
    expect(shapes).toEqual([
      { disposition: 'answered', hungUpBy: 'caller', answerer: '1002', roles: ['caller', 'fork', 'callee', 'fork'] },
      { disposition: 'answered', hungUpBy: 'callee', answerer: '1003', roles: ['caller', 'fork', 'fork', 'callee'] },
    ])
  })

  it('also when a fifo called them', () => {
    const fifo = enterprise.map((event) => {
      const caller = event['variable_ent_originate_aleg_uuid']
      if (caller === undefined) return event
      return { ...without(event, ['variable_ent_originate_aleg_uuid']), variable_fifo_bridge_uuid: caller }
    })
    expect(recordsOf(fifo).map(({ legs }) => legs.length)).toEqual([4, 4])
  })
})

describe('a first gateway that sends an announcement and then refuses', () => {
  // early media of a single leg is bridged, as in capture k-early-media
  const events = eventsOf('i-gateway-503-failover').flatMap((event, _, all) => {
    if (event['Event-Name'] !== 'CHANNEL_ORIGINATE' || !event['Unique-ID']!.startsWith('54cf6b8f')) return [event]
    const caller = all.find((one) => one['Event-Name'] === 'CHANNEL_CREATE')!
    const pair = { 'Bridge-A-Unique-ID': caller['Unique-ID']!, 'Bridge-B-Unique-ID': event['Unique-ID']! }
    const wait = at(event) - at(caller)
    return [
      event,
      after(event, 20_000, { 'Event-Name': 'CHANNEL_PROGRESS_MEDIA' }),
      after(caller, wait + 20_001, { 'Event-Name': 'CHANNEL_BRIDGE', ...pair }),
      after(caller, wait + 280_000, { 'Event-Name': 'CHANNEL_UNBRIDGE', ...pair }),
    ]
  })

  it('did not answer the call that the second one carried', () => {
    const [record] = recordsOf(events)
    const answered = record!.legs.find(({ gateway }) => gateway === 'pstn_backup')!
    expect(record!.answeredBy).toMatchObject({ kind: 'external', legId: answered.id })
    expect(record).toMatchObject({ disposition: 'answered', trunk: 'pstn_backup', hungUpBy: 'callee' })
  })
})

describe('a caller who gives up', () => {
  it('after an application answered, while a phone rings, has hung up: the phone stops a moment later', () => {
    const events = eventsOf('f-cancel-while-ringing', '81b23d5d', 'f79f218c').flatMap((event) => {
      const hangup = Number(event['Caller-Channel-Hangup-Time'])
      if (event['Call-Direction'] === 'outbound')
        return [hangup === 0 ? event : { ...event, 'Caller-Channel-Hangup-Time': String(hangup + 20_000) }]
      if (isEnd(event)) return [{ ...event, ...CLEARED, variable_sip_hangup_disposition: 'recv_bye' }]
      return event['Event-Name'] === 'CHANNEL_CREATE'
        ? [event, after(event, 1, { 'Event-Name': 'CHANNEL_ANSWER' })]
        : [event]
    })
    expect(recordsOf(events)).toMatchObject([{ disposition: 'answered', hungUpBy: 'caller' }])
  })

  it('in a queue has hung up, although the agents are told later', () => {
    const events = eventsOf('x2-queue-abandoned').map((event) => {
      const hangup = Number(event['Caller-Channel-Hangup-Time'] ?? 0)
      if (event['Call-Direction'] !== 'outbound' || hangup === 0) return event
      return { ...event, 'Caller-Channel-Hangup-Time': String(hangup + 100_000) }
    })
    expect(recordsOf(events)).toMatchObject([{ disposition: 'abandoned', hungUpBy: 'caller' }])
  })

  it('and was called first by a command has cancelled by a BYE', () => {
    const [caller, callee] = ['0ee30bd8', '8b7b804d']
    const events = eventsOf('q-click-to-call', caller, callee).flatMap((event) => {
      const name = event['Event-Name']!
      const isCallee = event['Unique-ID']!.startsWith(callee)
      if (/BRIDGE|CALL_UPDATE/.test(name) || (isCallee && name === 'CHANNEL_ANSWER')) return []
      if (!isCallee) return [isEnd(event) ? { ...event, variable_sip_hangup_disposition: 'recv_bye' } : event]
      const ringing = { ...without(event, ['variable_sip_term_status']), 'Caller-Channel-Answered-Time': '0' }
      const cancelled = { 'Hangup-Cause': 'ORIGINATOR_CANCEL', variable_sip_hangup_disposition: 'send_cancel' }
      return [isEnd(event) ? { ...ringing, ...cancelled } : ringing]
    })
    expect(recordsOf(events)).toMatchObject([
      { disposition: 'cancelled', hungUpBy: 'caller', sipStatus: 487, answeredAt: null },
    ])
  })
})

describe('a pick-up code that was dialled too late', () => {
  const ended = eventsOf('kk-supervisor', 'aa43e18c', 'e6fa6fe4')
  const late = eventsOf('kk-supervisor', 'dee1fcb3')
    .filter((event) => !event['Event-Name']!.includes('BRIDGE'))
    .map((event) =>
      event['Application'] === 'intercept' ? { ...event, 'Application-Data': ended[0]!['Unique-ID']! } : event,
    )

  it('leaves the call that is over as it was, in whatever order the two are heard of', () => {
    const undisturbed = recordsOf(ended)
    const [first, second] = [factsFrom(ended), factsFrom(late)]
    for (const facts of [
      [...first, ...second],
      [...second, ...first],
    ]) {
      const records = fold(facts)
      expect(records).toHaveLength(2)
      expect(records[0]).toEqual(undisturbed[0])
      expect(records[1]!.legs).toHaveLength(1)
    }
  })
})

describe('a standby agent, who waits on a channel and serves one caller after the other', () => {
  const HOUR = 3_600_000_000
  const standby = eventsOf('x-queue-answered').map((event) => {
    if (event['Unique-ID']?.startsWith('7987d03f') !== true) return event
    const waiting: Event = { ...without(event, ['variable_originator']), 'Call-Direction': 'inbound' }
    const served =
      event['variable_cc_agent_type'] !== undefined && at(event) > Number(event['Caller-Channel-Answered-Time'])
    const queue = Object.keys(waiting).filter((name) => name.startsWith('variable_cc_'))
    if (!served) return without(waiting, queue)
    waiting['variable_cc_agent_type'] = 'uuid-standby'
    if (!isEnd(event)) return waiting
    const hangup = Number(event['Caller-Channel-Hangup-Time'])
    return {
      ...waiting,
      'Event-Date-Timestamp': String(at(event) + HOUR),
      'Caller-Channel-Hangup-Time': String(hangup === 0 ? 0 : hangup + HOUR),
    }
  })

  it('has a call of its own, which does not lengthen those that it serves', () => {
    const [member, agent] = recordsOf(standby)
    expect(member).toMatchObject({ talkMs: 9420, answeredBy: { kind: 'agent' }, queue: { outcome: 'answered' } })
    expect(member!.related).toEqual([{ callId: agent!.id, relation: 'queue' }])
    expect(agent!.endedAt! - member!.endedAt!).toBe(HOUR / 1000)
  })

  it('did not hang up the call of a caller who was sent away, whatever ends the shift', () => {
    const killed = standby.map((event) =>
      isEnd(event) && event['Unique-ID']!.startsWith('7987d03f')
        ? { ...event, 'Hangup-Cause': 'MANAGER_REQUEST', variable_hangup_cause: 'MANAGER_REQUEST' }
        : event,
    )
    expect(recordsOf(killed)[0]).toMatchObject({ hungUpBy: 'system', cause: 'NORMAL_CLEARING' })
    expect(recordsOf(standby)[0]!.hungUpBy).toBe('system')
  })
})

describe('a second attempt under the id of the first', () => {
  const ID = '5f0c1c1e-7d38-4b0c-9d4f-3a1f7d0a9b11'
  const attempts = eventsOf('i-gateway-503-failover', '54cf6b8f', '82a57a57').map((event) =>
    Object.fromEntries(
      Object.entries(without(event, ORIGIN)).map(([name, value]) => [name, value === event['Unique-ID'] ? ID : value]),
    ),
  )
  const facts = factsFrom(attempts)

  it('is not over because the first one is', () => {
    const answered = facts.findIndex(({ type }) => type === 'channel.answered')
    expect(fold(facts.slice(0, answered + 1))).toMatchObject([{ state: 'answered', lifecycle: 'live', endedAt: null }])
  })

  it('ends as it did', () => {
    expect(fold(facts)).toMatchObject([{ id: ID, state: 'ended', disposition: 'answered', talkMs: 5200 }])
  })
})

describe('a clock that is set back during a call', () => {
  it('leaves no call open, and none shorter than nothing', () => {
    const facts = factsFrom(eventsOf('a-ext-ext-caller-hangup'))
    const answered = facts.findLastIndex(({ type }) => type === 'channel.answered')
    const set = facts.map((fact, index) => (index <= answered ? fact : { ...fact, time: fact.time - 3_600_000_000 }))
    const [record] = fold(set)
    expect(record).toMatchObject({ state: 'ended', disposition: 'answered' })
    expect(record!.talkMs).toBeGreaterThanOrEqual(0)
  })
})

describe('two people with a loopback pair between them', () => {
  const [caller, callee] = eventsOf('a-ext-ext-caller-hangup')
    .filter((event) => event['Event-Name'] === 'CHANNEL_CREATE')
    .map((event) => event['Unique-ID']!)
  const [first, second] = ['aaaaaaaa-0000-4000-8000-000000000001', 'aaaaaaaa-0000-4000-8000-000000000002']
  const half = (event: Event, id: string, change: Event): Event => ({
    ...without(event, ['variable_sip_hangup_disposition', 'variable_sip_call_id', 'Channel-Presence-ID']),
    'Unique-ID': id,
    'Event-Sequence': `${Number(event['Event-Sequence']) + 1_000_000 + Number(id.at(-1))}`,
    ...change,
  })
  const events = eventsOf('a-ext-ext-caller-hangup').flatMap((event) => {
    const late = { ...event, 'Event-Date-Timestamp': String(at(event) + 1000) }
    if (event['Unique-ID'] === caller && event['Bridge-B-Unique-ID'] !== undefined) {
      return [
        { ...event, 'Bridge-B-Unique-ID': first! },
        half(late, second!, { 'Bridge-A-Unique-ID': second!, 'Bridge-B-Unique-ID': callee! }),
      ]
    }
    if (event['Unique-ID'] !== callee) return [event]
    const hangup = Number(event['Caller-Channel-Hangup-Time'])
    const later = { ...late, 'Caller-Channel-Hangup-Time': String(hangup === 0 ? 0 : hangup + 1000) }
    const [a, b] = [
      { variable_loopback_leg: 'A' },
      { variable_loopback_leg: 'B', variable_other_loopback_leg_uuid: first! },
    ]
    return [
      half(event, first!, { ...a, 'Channel-Name': 'loopback/1002-a' }),
      half(event, second!, { ...b, 'Channel-Name': 'loopback/1002-b', 'Call-Direction': 'inbound' }),
      'variable_originator' in later ? { ...later, variable_originator: second! } : later,
    ]
  })

  it('know who of them hung up', () => {
    const records = recordsOf(events)
    const [plain] = recordsOf(eventsOf('a-ext-ext-caller-hangup'))
    expect(records).toMatchObject([{ hungUpBy: 'caller', answeredBy: { kind: 'user' }, disposition: 'answered' }])
    expect(records[0]!.answeredBy!.number).toBe(plain!.answeredBy!.number)
    expect(records[0]!.legs.map(({ role }) => role).sort()).toEqual(['callee', 'caller', 'loopback', 'loopback'])
  })
})

describe('the end of a bridge that is told after the next one began', () => {
  it('does not end the next one', () => {
    const events = eventsOf('o-attended-transfer')
    const joined = events.find((event) => event['Event-Name'] === 'CHANNEL_BRIDGE' && at(event) - at(events[0]!) > 8e6)!
    const late = events.map((event) => {
      const parted = event['Event-Name'] === 'CHANNEL_UNBRIDGE' && at(event) < at(joined)
      return parted ? { ...event, 'Event-Date-Timestamp': String(at(joined) + 10_000) } : event
    })
    const talks = (some: readonly Event[]) =>
      recordsOf(some).map(({ hungUpBy, talkMs, transfers }) => ({ hungUpBy, talkMs, to: transfers[0]?.target }))
    expect(talks(late)).toEqual(talks(events))
  })
})

describe('a user whom Kamailio authenticated', () => {
  const OWN = /^variable_(?:user_name|domain_name|sip_auth|requested_|dialed_|presence_id)/
  const through = (scenario: string, header: string, domain: string) =>
    eventsOf(scenario).map((event) => {
      if (event['Call-Direction'] !== 'inbound') return event
      const known = Object.keys(event).filter((name) => OWN.test(name))
      return { ...without(event, known), 'variable_sip_h_X-Trunkline-User': header, variable_sip_req_host: domain }
    })

  it('calls out by a gateway of the switch, and not in', () => {
    const [record] = recordsOf(through('h-outbound-gateway', '1001@sip.example.test', 'sip.example.test'))
    expect(record).toMatchObject({
      direction: 'outbound',
      from: { number: '1001', user: '1001@sip.example.test' },
      tenant: 'sip.example.test',
      trunk: 'pstn_berlin',
      did: null,
    })
  })

  it('is internal in a conference of the switch', () => {
    const records = recordsOf(through('s-conference', 'Anna@sip.example.test', 'sip.example.test'))
    expect(records.map(({ direction, from, did }) => [direction, from.user, did])).toEqual(
      records.map(() => ['internal', 'anna@sip.example.test', null]),
    )
  })

  it('is of the domain that is called: nobody else says so', () => {
    const [record] = recordsOf(through('h-outbound-gateway', '1001@sip.example.test', '203.0.113.7'))
    expect(record!.from.user).toBeNull()
  })
})

describe('a trunk without a gateway', () => {
  const dialled = (profile: string) =>
    eventsOf('h-outbound-gateway').map((event) =>
      event['Call-Direction'] === 'outbound'
        ? {
            ...without(event, ['variable_sip_gateway_name']),
            'Channel-Name': `sofia/${profile}/+4989123456789@carrier.example.net:5080`,
            variable_sofia_profile_name: profile,
          }
        : event,
    )

  it('is the host that was dialled by another profile than that of the phones', () => {
    const [record] = recordsOf(dialled('external'))
    expect(record).toMatchObject({
      direction: 'outbound',
      trunk: 'carrier.example.net',
      answeredBy: { kind: 'external' },
    })
  })

  it('is none when it is the profile of the phones', () => {
    expect(recordsOf(dialled('internal'))).toMatchObject([{ direction: 'internal', trunk: null }])
  })
})

describe('a refusal with a reason that says nothing', () => {
  const refused = (status: string, cause: string) => {
    const said: Event = { 'Hangup-Cause': cause, variable_hangup_cause: cause }
    const events = eventsOf('d-busy-486').map((event) => {
      if (!isEnd(event)) return event
      const hasStatus = event['variable_sip_term_status'] !== undefined
      return { ...event, ...said, ...(hasStatus ? { variable_sip_term_status: status } : {}) }
    })
    return recordsOf(events)[0]!.disposition
  }

  it.each([
    ['486', 'NORMAL_CLEARING', 'busy'],
    ['600', 'NORMAL_UNSPECIFIED', 'busy'],
    ['603', 'NORMAL_UNSPECIFIED', 'rejected'],
    ['480', 'NORMAL_UNSPECIFIED', 'no_answer'],
    ['480', 'SUBSCRIBER_ABSENT', 'failed'],
    ['503', 'NORMAL_UNSPECIFIED', 'failed'],
  ])('is told by its status: %s with %s', (status, cause, disposition) => {
    expect(refused(status, cause)).toBe(disposition)
  })
})

describe('an attended transfer to a phone that still rings', () => {
  const [caller, target] = ['57b97e87', '6a3cf231']
  const captured = eventsOf('o-attended-transfer')
  const joined = captured.find(
    (event) => event['Bridge-B-Unique-ID']?.startsWith(target) && /^6eec/.test(event['Unique-ID']!),
  )!
  const answered = String(at(joined) + 1_500_000)
  const events = captured.flatMap((event) => {
    const name = event['Event-Name']!
    if (event['Unique-ID']?.startsWith(caller) === true) {
      if (/ANSWER|BRIDGE|PROGRESS_MEDIA/.test(name)) return []
      const given = { 'Hangup-Cause': 'ATTENDED_TRANSFER', variable_hangup_cause: 'ATTENDED_TRANSFER' }
      const waiting = { ...event, 'Caller-Channel-Answered-Time': '0' }
      return [isEnd(event) ? { ...waiting, ...given, variable_sip_hangup_disposition: 'send_refuse' } : waiting]
    }
    if (event['Unique-ID']?.startsWith(target) !== true) return [event]
    const when = name === 'CHANNEL_ANSWER' ? { 'Event-Date-Timestamp': answered } : {}
    const late = at({ ...event, ...when }) >= Number(answered) ? answered : '0'
    return [{ ...event, ...when, 'Caller-Channel-Answered-Time': late }]
  })

  it('is answered when that phone is, by whom it was rung for', () => {
    const [first, consultation] = recordsOf(events)
    expect(first!.transfers).toMatchObject([{ type: 'attended', by: '1003', transferee: '1002', target: '1001' }])
    expect(consultation).toMatchObject({
      disposition: 'answered',
      answeredAt: Math.round(Number(answered) / 1000),
      answeredBy: { number: '1001' },
      hungUpBy: 'callee',
    })
  })
})
