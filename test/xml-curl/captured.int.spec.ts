/** The 113 requests that FreeSWITCH 1.10.12 really sent, answered before and after what they name was provisioned. */
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { sipDigests } from '@trunkline/vault'
import { answerXmlCurl, NOT_FOUND, parseForm, type XmlCurlFields } from '@trunkline/xml-curl'
import { capturedSample, passwordOf, Sample, TENANT, uuid } from '../../libs/xml-curl/src/testing/index.js'
import { faultsOf, schemaOf, values } from './xmllint.js'

const requests: XmlCurlFields[] = readFileSync('test/xml-curl/requests.jsonl', 'utf8')
  .trim()
  .split('\n')
  .map((line) => parseForm((JSON.parse(line) as { body: string }).body))
const PROVISIONED = ['1001', '1002', '1003', '1004', '1005', '1006', '1007', '1015', '1016', '1040']

let answers: string[]
let sample: Sample
const answered = (wanted: (fields: XmlCurlFields) => boolean) => answers.filter((_, i) => wanted(requests[i]!))
const field = (name: string, value: string) => (fields: XmlCurlFields) => fields.get(name) === value

beforeAll(async () => {
  sample = await capturedSample()
  answers = await Promise.all(requests.map((fields) => answerXmlCurl(sample, fields)))
})

describe('the captured requests', () => {
  it('are 113, and each is answered as its schema says', () => {
    expect(requests).toHaveLength(113)
    expect(faultsOf(answers)).toBe('')
    const kinds = Object.fromEntries([...Map.groupBy(answers, schemaOf)].map(([kind, all]) => [kind, all.length]))
    // 53 for users; 14 calls, the one to the outside world staying with the static dialplan; the queues at start
    expect(kinds).toEqual({ directory: 53, dialplan: 14, configuration: 1, 'not-found': 45 })
  })

  it('are all answered "not found" while nothing is provisioned', async () => {
    const empty = new Sample()
    for (const fields of requests) expect(await answerXmlCurl(empty, fields)).toBe(NOT_FOUND)
  })

  it('that authenticate get the digest of the user that they name, and no password', () => {
    for (const name of PROVISIONED) {
      const found = answered((fields) => fields.get('user') === name)
      expect(found.length).toBeGreaterThan(0)
      const { ha1 } = sipDigests({ username: name, domain: TENANT, password: passwordOf(name) })
      for (const answer of found) {
        expect(values(answer, /<user id="([^"]*)"/g)).toEqual([name])
        expect(values(answer, /<param name="a1-hash" value="([^"]*)"/g)).toEqual([ha1])
        expect(answer).not.toContain('name="password"')
      }
    }
    expect(answers.join('')).not.toContain('clear-')
  })

  it('for a user who is not there, or for gateways of a domain, find nothing', () => {
    expect(answered(field('user', '1999'))).toEqual([NOT_FOUND])
    expect(answered(field('purpose', 'gateways'))).toEqual([NOT_FOUND, NOT_FOUND, NOT_FOUND])
  })

  it('for calls lead to user, room, menu and queue, each in its own context', () => {
    const calls = requests.flatMap((fields, i) => {
      const number = fields.get('Hunt-Destination-Number')
      if (number === undefined) return []
      const answer = answers[i]!
      const context = values(answer, /<context name="([^"]*)"/g)[0]
      if (context !== undefined) expect(context).toBe(fields.get('Caller-Context'))
      // to users: as long as no phone is registered at FreeSWITCH itself
      const [last] = values(answer, /application="(?:bridge|conference|ivr|callcenter)" data="([^"{][^"]*)"/g)
      return [`${number} ${last?.replace(/^\[[^\]]*\]|;fs_path.*/g, '')}`]
    })
    expect([...new Set(calls)].sort()).toEqual(
      [
        '+493090182001 sofia/kamailio/1001@sip.example.test',
        '+4989123456789 undefined',
        '1001 sofia/kamailio/1001@sip.example.test',
        '1002 sofia/kamailio/1002@sip.example.test',
        '1005 sofia/kamailio/1005@sip.example.test',
        '3501 3501-sip.example.test@trunkline',
        '5000 5000-sip.example.test',
        '5001 5001-sip.example.test',
        '7000 7000@sip.example.test',
      ].sort(),
    )
  })

  it('for queues get all of them when the module is loaded; queues and menus of the static files stay with those', () => {
    const [atLoad, reloaded] = answered(field('key_value', 'callcenter.conf'))
    expect(values(atLoad!, /<queue name="([^"]*)"/g)).toEqual(['7000@sip.example.test'])
    expect(values(atLoad!, /<tier agent="([^"]*)"/g)).toEqual(['1006@sip.example.test', '1007@sip.example.test'])
    // `support@sip.example.test` and the menu `welcome_main` are names of the static configuration
    expect(reloaded).toBe(NOT_FOUND)
    expect(answered(field('key_value', 'ivr.conf'))).toEqual([NOT_FOUND, NOT_FOUND])
  })

  it('leave every other file, phrases and the chatplan to the switch', () => {
    const others = requests.flatMap((fields, i) => {
      const ours = ['callcenter.conf', 'conference.conf', 'ivr.conf', 'sofia.conf'].includes(
        fields.get('key_value') ?? '',
      )
      const section = fields.get('section')
      return section === 'chatplan' || (section === 'configuration' && !ours) ? [answers[i]] : []
    })
    expect(others.length).toBeGreaterThan(20)
    expect(new Set(others)).toEqual(new Set([NOT_FOUND]))
  })

  it('find no suspended user, whoever asks', async () => {
    await sample.user(1002, '1002', { status: 'suspended' })
    const asked = requests.filter(field('user', '1002'))
    expect(asked.length).toBeGreaterThan(3)
    for (const fields of asked) expect(await answerXmlCurl(sample, fields)).toBe(NOT_FOUND)
    const call = requests.find(field('Hunt-Destination-Number', '1002'))!
    expect(await answerXmlCurl(sample, call)).toBe(NOT_FOUND)
    await sample.user(1002, '1002')
    expect(uuid(1002)).toContain('1002')
  })
})
