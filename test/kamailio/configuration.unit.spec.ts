/** What must be the same in infra/kamailio and in the code that reads its events. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { translateEvent, UnknownEventError, WIRE_FIELDS } from '@trunkline/kamailio'

const events = readFileSync('infra/kamailio/events.cfg', 'utf8')
const kamailio = readFileSync('infra/kamailio/kamailio.cfg', 'utf8')
const readme = readFileSync('infra/kamailio/README.md', 'utf8')
const route = (name: string) => events.slice(events.indexOf(`route[${name}] {`)).split('\n}')[0]!
const fieldsIn = (text: string) => [...text.matchAll(/\$xavp\(ev\[0\]=>(\w+)\[0\]\) =/g)].map((match) => match[1]!)

describe('infra/kamailio', () => {
  it('sends as base64 only what the reader decodes', () => {
    const encoded = fieldsIn(route('EVENT_BASE64'))
    expect(encoded.length).toBeGreaterThan(15)
    expect(encoded.filter((field) => !(WIRE_FIELDS as readonly string[]).includes(field))).toEqual([])
  })

  it('encodes every field that holds text from the wire', () => {
    const encoded = new Set(fieldsIn(route('EVENT_BASE64')))
    // made by Kamailio itself, or checked to be plain before they are put in
    const plain = ['v', 'ts', 'ev', 'boot', 'seq', 'b64', 'version', 'host', 'ruid', 'expires', 'src', 'proto', 'code']
    const own = new Set([...plain, 'method', 'dlg', 'dir', 'by', 'start', 'cseq', 'source', 'until', 'count'])
    const used = new Set([...events.matchAll(/\$xavp\(ev(?:\[0\])?=>(\w+)(?:\[0\])?\)/g)].map((match) => match[1]!))
    expect([...used].filter((field) => !encoded.has(field) && !own.has(field))).toEqual([])
  })

  it('tells only kinds of events that the reader knows', () => {
    const names = [...events.matchAll(/\$xavp\(ev\[0\]=>ev(?:\[0\])?\) = "([a-z.]+)"/g)].map((match) => match[1]!)
    expect(new Set(names).size).toBeGreaterThan(15)
    for (const name of names) {
      const event = { boot: 'b', seq: 1, timeUs: 1, name, fields: {} }
      expect(() => translateEvent(event, 'sbc1')).not.toThrow(UnknownEventError)
    }
  })

  it('describes every setting', () => {
    const settings = [...kamailio.matchAll(/^#!ifn?def (\w+)/gm)].map((match) => match[1]!)
    expect(settings.length).toBeGreaterThan(20)
    expect(settings.filter((name) => !readme.includes(`\`${name}\``))).toEqual([])
  })
})
