/** What nobody in their right mind would send or be called: answers stay well-formed, and hold nothing of it that works. */
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { answerXmlCurl, NOT_FOUND, parseForm } from '@trunkline/xml-curl'
import { capturedSample, Sample, TENANT, thing, uuid } from '../../libs/xml-curl/src/testing/index.js'
import { faultsOf, values } from './xmllint.js'

const requests = readFileSync('test/xml-curl/requests.jsonl', 'utf8')
  .trim()
  .split('\n')
  .map((line) => parseForm((JSON.parse(line) as { body: string }).body))

/** What FreeSWITCH asks for once our dialplan has named things, which it had not when the requests were captured. */
const asksForOurs = [
  { key_value: 'conference.conf', conference_name: `3501-${TENANT}`, profile_name: 'trunkline' },
  { key_value: 'ivr.conf', 'Menu-Name': `5000-${TENANT}`, 'Caller-Context': 'internal' },
  { key_value: 'callcenter.conf', 'CC-Queue': `7000@${TENANT}` },
  { key_value: 'callcenter.conf', 'CC-Agent': `1006@${TENANT}` },
  { key_value: 'sofia.conf', profile: 'trunks' },
].map((fields) => new Map(Object.entries({ section: 'configuration', ...fields })))

const nasty = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom(
    '${system(id)}',
    '$${event_socket_password}',
    "1002,[a=b]sofia/gateway/x/1|loopback/y' XML z",
    '"/><X-PRE-PROCESS cmd="exec" data="id"/><a b="',
    ']]><!--<?xml?>&amp;&#0;&lol;',
    '1002\r\nContent-Length: 0\n\n',
    `3501-${TENANT}`,
    `3501-${TENANT}\u0000`,
    `7000@${TENANT}`,
    `5000-${TENANT}+flags{moderator}`,
    '3501',
    '5000',
    '7000',
    '1002',
    '+493090182001',
    TENANT,
    'from-kamailio',
    'public',
    '\ud800\udfff\udc00',
    'x'.repeat(100_000),
  ),
)
/** Those that decide what is answered. */
const FIELDS = [
  'section',
  'key',
  'key_value',
  'user',
  'domain',
  'action',
  'purpose',
  'profile',
  'Hunt-Context',
  'Caller-Context',
  'Hunt-Destination-Number',
  'variable_domain_name',
  'variable_sip_req_host',
  'variable_trunkline_tenant',
  'variable_sip_h_X-Trunkline-User',
  'variable_user_name',
  'conference_name',
  'profile_name',
  'Menu-Name',
  'CC-Queue',
  'CC-Agent',
]
const changes = fc.dictionary(fc.oneof(fc.constantFrom(...FIELDS), fc.string({ maxLength: 20 })), nasty, { maxKeys: 6 })
const request = fc
  .tuple(fc.oneof(fc.constantFrom(...requests), fc.constantFrom(...asksForOurs)), changes)
  .map(([real, changed]) => new Map([...real, ...Object.entries(changed)]))

let sample: Sample
beforeAll(async () => {
  sample = await capturedSample()
})
const answer = (fields: ReadonlyMap<string, string>, gateways = false) =>
  answerXmlCurl({ things: sample.things, vault: sample.vault, options: { gateways } }, fields)

/** Data of applications, dial strings and parameters, as FreeSWITCH reads them. */
const interpreted = (document: string) =>
  values(document, / (?:data|contact|param|exec-on-max-\w+|name)="([^"]*)"/g).concat(
    values(document, /<param name="[\w-]+" value="([^"]*)"/g),
  )
const OURS =
  /\$\$\{(kamailio_address|recordings_dir|hold_music|sound_prefix|codecs|sip_address|public_address)\}|\$\{(strftime\([%YmdHMS/-]+\)|sofia_contact\(\*\/[\w.+-]+@[a-z0-9.-]+\)|uuid|trunkline_ring_seconds|trunkline_menu)\}/g

describe('hostile requests', () => {
  it('are answered by documents that are right, and hold no password and nothing that FreeSWITCH would expand', async () => {
    const documents = new Set<string>()
    for (const fields of fc.sample(request, { numRuns: 1_500, seed: 20_261_121 }))
      documents.add(await answer(fields, true))
    expect(documents.size).toBeGreaterThan(20)
    for (const kind of ['directory', 'dialplan', 'callcenter.conf', 'conference.conf', 'ivr.conf', 'sofia.conf']) {
      expect([...documents].some((document) => document.includes(`name="${kind}"`))).toBe(true)
    }
    expect(faultsOf([...documents])).toBe('')
    for (const document of documents) {
      if (!document.includes('name="sofia.conf"')) expect(document).not.toContain('clear-')
      for (const text of interpreted(document)) expect(text.replace(OURS, '')).not.toContain('$')
      expect(document.split('\n').filter((line) => line.includes('<?'))).toHaveLength(1)
    }
  })

  it('of nothing but rubbish are never ours', async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), nasty), async (fields) => {
        expect(await answer(new Map(Object.entries(fields)))).toBe(NOT_FOUND)
      }),
      { numRuns: 200 },
    )
  })
})

describe('hostile names of what is provisioned', () => {
  it('stay names: persons, labels, passwords of trunks, PINs', async () => {
    const documents: string[] = []
    let n = 0
    for (const text of fc.sample(nasty, { numRuns: 300, seed: 4 })) {
      n++
      const own = new Sample()
      await own.user(1, '1001', { displayName: text })
      await own.room(2, '3501', { name: text, pinSecretId: await own.pin(3, text) })
      const trunk = await own.trunk(4, 'carrier-a')
      await own.vault.putSecrets([{ id: trunk.document.auth!.credential.secretId, purpose: 'trunk', text }])
      const ask = (fields: Record<string, string>) =>
        answerXmlCurl(
          { ...own, things: own.things, vault: own.vault, options: { gateways: true } },
          new Map(Object.entries(fields)),
        )
      const user = await ask({ section: 'directory', key: 'id', user: '1001', domain: TENANT })
      const room = { section: 'configuration', key_value: 'conference.conf', conference_name: `3501-${TENANT}` }
      const gateways = await ask({ section: 'configuration', key_value: 'sofia.conf' })
      documents.push(user, gateways)
      for (const name of values(user, /effective_caller_id_name" value="([^"]*)"/g)) {
        expect(name).not.toMatch(/[${},|[\]'^:\\\n]/)
      }
      // a global variable in a password would be replaced before it is XML
      expect(gateways.replace(OURS, '')).not.toContain('$$')
      // PINs are digits; whatever else is kept for one keeps the room shut
      const [pin] = values(await ask(room), /name="pin" value="([^"]*)"/g)
      expect(pin).toMatch(/^([0-9]+|closed)$/)
      expect(/^[0-9]+$/.test(text) ? text : 'closed').toBe(pin)
    }
    expect(n).toBe(300)
    expect(faultsOf(documents)).toBe('')
  })

  it('that no command would take are refused, not written', async () => {
    const own = new Sample()
    own.menu(1, '5000', { entries: [{ digits: '1', action: { kind: 'dial', name: "9' XML x ${system(id)}" } }] })
    const fields = { section: 'configuration', key_value: 'ivr.conf', 'Menu-Name': `5000-${TENANT}` }
    await expect(answerXmlCurl(own, new Map(Object.entries(fields)))).rejects.toMatchObject({ code: 'UNSAFE_APP_DATA' })
    const room = thing('conference_room', {
      id: uuid(2),
      name: '3501',
      document: { ...(await own.room(2, '3501')).document, number: '3501,x' },
    })
    own.add(room)
    const call = {
      section: 'dialplan',
      'Hunt-Context': 'internal',
      'Hunt-Destination-Number': '3501',
      variable_domain_name: TENANT,
    }
    await expect(answerXmlCurl(own, new Map(Object.entries(call)))).rejects.toMatchObject({ code: 'UNSAFE_APP_DATA' })
  })
})
