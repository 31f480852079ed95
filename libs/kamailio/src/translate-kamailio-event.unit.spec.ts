import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { factDeclarations, type Fact, type FactType } from '@trunkline/domain'
import { Ajv } from 'ajv'
import fc from 'fast-check'
import { kamailioEntries, kamailioFacts } from '../../../test/support/kamailio-capture.js'
import { translateKamailioEvent } from './translate-kamailio-event.js'
import { WIRE_FIELDS } from './wire-fields.js'

const facts = kamailioFacts((error) => {
  throw error
})
const ofType = <T extends FactType>(type: T) =>
  facts.filter((fact): fact is Extract<Fact, { type: T }> => fact.type === type)
const entry = (fields: object) =>
  JSON.stringify({ v: 1, boot: 'b', seq: 1, ts: '1795232446.491681', callid: 'c1', ...fields })

describe('a captured Kamailio event', () => {
  it('is known, and each fact agrees with its schema', () => {
    const ajv = new Ajv({ strict: false })
    const schemas = new Map(factDeclarations.map(({ type, schema }) => [type as string, ajv.compile(schema.json)]))
    for (const fact of facts) {
      const valid = schemas.get(fact.type)!
      expect([fact.id, valid(JSON.parse(JSON.stringify(fact.data))), valid.errors]).toEqual([fact.id, true, null])
    }
    expect(facts.length).toBeGreaterThan(80)
  })

  it('has boot and number as id, and its own time in µs', () => {
    expect(ofType('registration.added')[0]).toMatchObject({
      id: '1795232442.392021-87fb04e8-bf30-4c43-b07d-3be905c5abc8/2',
      key: 'sbc1',
      time: 1_795_232_446_491_681,
      data: {
        aor: 'alice@kam.lab',
        contact: 'sip:alice@127.0.0.1:5071',
        contactId: 'uloc-6b0112ba-3ad2-1',
        userAgent: 'sipp lab/1',
        source: '127.0.0.1:5071',
        transport: 'udp',
        expiresAt: 1_795_232_506_491_681,
      },
    })
  })

  it('of an un-REGISTER names the contact that went, not the one that stays', () => {
    const removed = ofType('registration.removed').filter(({ data }) => data.reason === 'unregistered')
    expect(removed.map(({ data }) => [data.contactId, data.contact])).toEqual([
      ['uloc-6b0112ba-3ad2-1', 'sip:alice@127.0.0.1:5071'],
      ['', 'sip:alice@127.0.0.1:5081'],
      ['uloc-6b0112ba-3ad2-2', undefined],
      ['uloc-6b0112ba-3ad2-2', undefined],
    ])
  })

  it('of an un-REGISTER of several contacts at once says that none is left', () => {
    const fact = translateKamailioEvent(
      entry({ ev: 'reg.del', aor: 'a@b', contact: '*', pre_count: 3, pre_ruid0: 'r1', left: 0 }),
      'sbc1',
    )
    expect(fact?.data).toMatchObject({ contactId: '', contact: '*' })
  })

  it('tells refused credentials apart from a database that is away', () => {
    expect(ofType('authentication.failed').map(({ data }) => [data.user, data.domain, data.reason])).toEqual([
      ['alice', 'kam.lab', 'wrong_password'],
      ['mallory', 'kam.lab', 'unknown_user'],
      ...Array.from({ length: 4 }, () => ['alice', 'kam.lab', 'error']),
      ['bob', 'kam.lab', 'error'],
      ['alice', 'kam.lab', 'wrong_password'],
    ])
    expect(ofType('flood.detected')).toMatchObject([{ data: { source: '127.0.0.77:5090', method: 'OPTIONS' } }])
  })

  it('of a call says who ended it', () => {
    expect(ofType('dialog.ended').map(({ data }) => data.by)).toEqual(['caller', 'callee', 'system', 'system'])
    expect(ofType('dialog.failed').map(({ data }) => [data.status, data.by])).toEqual([
      [486, 'callee'],
      [487, 'caller'],
      [408, 'system'],
      [408, 'system'],
      [404, 'system'],
    ])
  })

  it('of a call names the parties', () => {
    expect(ofType('dialog.started')[0]!.data).toMatchObject({
      dialog: '15:10959',
      callId: '1-15257@127.0.0.1',
      from: 'alice@kam.lab',
      fromName: 'alice',
      to: 'bob@kam.lab',
      authUser: 'alice@kam.lab',
      source: '127.0.0.1:5071',
    })
  })

  it('of a call through a gateway says its direction', () => {
    const direction = (more: object) =>
      (
        translateKamailioEvent(entry({ ev: 'call.start', from: 'sip:a@b', ...more }), 'sbc1')?.data as {
          direction?: string
        }
      ).direction
    expect(direction({ trunk: 'sip:10.0.0.9', uid: 4 })).toBe('outbound')
    expect(direction({ trunk: 'sip:10.0.0.9' })).toBe('inbound')
    expect(direction({ dir: 'internal', uid: 4 })).toBe('internal')
    expect(direction({})).toBeUndefined()
  })

  it('is read by the names of infra/kamailio as well', () => {
    const told = { aor: 'a@b', ruid: 'r1', contact: 'sip:a@10.0.0.1', src: '10.0.0.1:5060', expires: 1_795_232_999 }
    expect(translateKamailioEvent(entry({ ev: 'reg.new', ...told }), 'sbc1')?.data).toMatchObject({
      contactId: 'r1',
      contact: 'sip:a@10.0.0.1',
      source: '10.0.0.1:5060',
      expiresAt: 1_795_232_999_000_000,
    })
    expect(translateKamailioEvent(entry({ ev: 'reg.del', ...told }), 'sbc1')?.data).toMatchObject({ contactId: 'r1' })
    const end = {
      ev: 'call.end',
      dlg: '1:2',
      from: 'sip:a@B.C',
      fromTag: 'x',
      toTag: 'y',
      by: 'system',
      start: 1_795_232_400,
    }
    expect(translateKamailioEvent(entry(end), 'sbc1')?.data).toMatchObject({
      dialog: '1:2',
      from: 'a@b.c',
      fromTag: 'x',
      toTag: 'y',
      by: 'system',
      startedAt: 1_795_232_400_000_000,
    })
    expect(translateKamailioEvent(entry({ ev: 'call.failed', code: '486', by: 'callee' }), 'sbc1')?.data).toMatchObject(
      {
        status: 486,
        by: 'callee',
      },
    )
  })

  it('of a message tells its states under one id', () => {
    const states = Map.groupBy(ofType('message.changed'), ({ data }) => data.message)
    expect(states.get('1-15433@127.0.0.1')?.map(({ data }) => data.state)).toEqual(['received', 'delivered'])
    expect(states.get('1-15492@127.0.0.1')?.map(({ data }) => [data.state, data.status])).toEqual([
      ['received', undefined],
      ['failed', 408],
      ['stored', undefined],
    ])
  })
})

describe('text from the wire', () => {
  it('comes as base64 when it is no UTF-8, whatever its bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 80 }), (bytes) => {
        const given = {
          ev: 'pike.block',
          b64: 1,
          src_ip: '127.0.0.1',
          src_port: 5,
          ua: Buffer.from(bytes).toString('base64'),
        }
        const aor = Buffer.from(bytes).toString('base64')
        const fact = translateKamailioEvent(entry({ ...given, ev: 'reg.expired', aor, ruid: 'r' }), 'sbc1')
        expect(fact?.data).toMatchObject({ aor: Buffer.from(bytes).toString('utf8') })
      }),
    )
  })

  it('is decoded in every field that kamailio.cfg encodes', () => {
    const text = readFileSync(join(import.meta.dirname, '../../../infra/kamailio/events.cfg'), 'utf8')
    const encoded = [...text.matchAll(/=>(\w+)\)\{s\.encode\.base64\}/g)].map(([, name]) => name!)
    expect(encoded.length).toBeGreaterThan(10)
    expect(encoded.filter((name) => !(WIRE_FIELDS as readonly string[]).includes(name))).toEqual([])
  })

  it('never makes the translation throw', () => {
    const names = kamailioEntries().map((line) => (JSON.parse(line) as { ev: string }).ev)
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.dictionary(fc.string(), fc.jsonValue()), (ev, more) => {
        translateKamailioEvent(entry({ ...more, ev }), 'sbc1', () => undefined)
      }),
    )
    fc.assert(fc.property(fc.string(), (text) => void translateKamailioEvent(text, 'sbc1', () => undefined)))
  })
})

describe('an entry that tells nothing known', () => {
  const codes = (json: string) => {
    const found: string[] = []
    expect(translateKamailioEvent(json, 'sbc1', ({ code }) => found.push(code))).toBeUndefined()
    return found
  }
  it('is handed over with a code, never skipped in silence', () => {
    expect(codes(entry({ ev: 'weather.changed' }))).toEqual(['UNKNOWN_EVENT'])
    expect(codes('{"v":1')).toEqual(['UNREADABLE_EVENT'])
    expect(codes('{"v":1,"ev":"encode.error","seq":4}')).toEqual(['UNREADABLE_EVENT'])
    expect(codes(entry({ ev: 'reg.new', seq: 0 }))).toEqual(['UNREADABLE_EVENT'])
    expect(codes(entry({ ev: 'reg.new', ts: 'now' }))).toEqual(['UNREADABLE_EVENT'])
    expect(codes(entry({ ev: 'local.reply' }))).toEqual([])
  })
})
