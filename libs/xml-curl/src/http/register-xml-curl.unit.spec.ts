import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { ViewStoreUnavailableError } from '@trunkline/ports'
import { Metrics } from '@trunkline/runtime'
import Fastify, { type FastifyInstance } from 'fastify'
import { NOT_FOUND } from '../document.js'
import type { XmlCurlFields } from '../request.js'
import { mountXmlCurl } from '../mount-xml-curl.js'
import { Sample } from '../testing/index.js'
import { registerXmlCurl } from './register-xml-curl.js'

const SECRET = 'a-secret-of-more-than-16'
const basic = (user: string, secret: string) => `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`
const authorization = basic('freeswitch', SECRET)
const FORM = 'application/x-www-form-urlencoded'

let server: FastifyInstance
let metrics: Metrics
let answer: (fields: XmlCurlFields) => Promise<string>
let logged: string[]

beforeEach(() => {
  server = Fastify()
  // another route that reads forms in its own way, as the GraphQL server may have it
  server.addContentTypeParser(FORM, { parseAs: 'string' }, (_request, _body, done) => done(null, 'theirs'))
  server.post('/theirs', (request) => ({ body: request.body }))
  metrics = new Metrics({ defaults: false })
  answer = async (fields) => (fields.get('user') === 'alice' ? '<document/>' : NOT_FOUND)
  logged = []
  const log = (data: object, message: string) => void logged.push(`${JSON.stringify(data)} ${message}`)
  registerXmlCurl(server, {
    secret: SECRET,
    metrics,
    logger: { warn: log, error: log },
    answer: (fields) => answer(fields),
    answerWithin: 50,
  })
})
afterEach(() => server.close())

const post = (payload: string, headers: Record<string, string> = { authorization }) =>
  server.inject({ method: 'POST', url: '/freeswitch/xml', payload, headers: { 'content-type': FORM, ...headers } })
const counted = async () =>
  (await metrics.scrape()).body.match(/^trunkline_xml_curl_requests_total\{.*$/gm)?.map((line) => line.slice(33))

describe('POST and GET /freeswitch/xml', () => {
  it('answer forms with XML that nobody keeps', async () => {
    const found = await post('section=directory&user=alice&x=%00%ff+%F0%9F%98%80')
    expect([found.statusCode, found.body]).toEqual([200, '<document/>'])
    expect(found.headers['content-type']).toBe('text/xml; charset=utf-8')
    expect(found.headers['cache-control']).toBe('no-store')
    const url = '/freeswitch/xml?section=directory&user=bob'
    const missing = await server.inject({ method: 'GET', url, headers: { authorization } })
    expect([missing.statusCode, missing.body]).toEqual([200, NOT_FOUND])
    expect(await counted()).toEqual([
      '{section="directory",result="found"} 1',
      '{section="directory",result="not_found"} 1',
    ])
  })
  it('leave it to others how they read forms', async () => {
    const theirs = await server.inject({
      method: 'POST',
      url: '/theirs',
      payload: 'a=b',
      headers: { 'content-type': FORM },
    })
    expect(theirs.json()).toEqual({ body: 'theirs' })
  })
  it.each([
    ['no header', {}],
    ['another secret', { authorization: basic('freeswitch', 'another-secret-entirely') }],
    ['another user', { authorization: basic('root', SECRET) }],
    ['a secret that begins like ours', { authorization: basic('freeswitch', SECRET.slice(0, -1)) }],
    ['another scheme', { authorization: `Bearer ${SECRET}` }],
    ['rubbish', { authorization: `Basic ${'='.repeat(5_000)}` }],
  ])('refuse %s', async (_, headers) => {
    let asked = 0
    answer = async () => `${asked++}`
    const refused = await post('section=directory&user=alice', headers as Record<string, string>)
    expect([refused.statusCode, refused.body, asked]).toEqual([401, '', 0])
    expect(refused.headers['www-authenticate']).toContain('Basic realm=')
    expect(await counted()).toEqual(['{section="other",result="unauthorized"} 1'])
  })
  it('refuse more than 1 MB, and forms of other types', async () => {
    expect((await post(`x=${'y'.repeat(1024 * 1024)}`)).statusCode).toBe(413)
    expect((await post('<xml/>', { authorization, 'content-type': 'text/xml' })).statusCode).toBe(415)
  })
  it('say 503 while a store is away or slow, which is not "not found"', async () => {
    answer = () => Promise.reject(new ViewStoreUnavailableError('gone'))
    const away = await post('section=directory&user=alice')
    expect([away.statusCode, away.body, away.headers['retry-after']]).toEqual([503, '', '5'])
    answer = () => new Promise(() => undefined)
    expect((await post('section=dialplan')).statusCode).toBe(503)
    expect(await counted()).toEqual([
      '{section="directory",result="unavailable"} 1',
      '{section="dialplan",result="unavailable"} 1',
    ])
  })
  it('say 500 for a fault of ours, and log nothing that came over the wire', async () => {
    answer = () => Promise.reject(new TypeError('broken'))
    const secret = 'do-not-log-me'
    const failed = await post(`section=${secret}&key_value=${secret}&variable_sip_auth_response=${secret}`)
    expect([failed.statusCode, failed.body]).toEqual([500, ''])
    expect(logged).toHaveLength(1)
    expect(logged.join()).not.toContain(secret)
    expect(await counted()).toEqual(['{section="other",result="failed"} 1'])
  })
})

describe('mountXmlCurl', () => {
  it('mounts nothing without a secret', async () => {
    const other = Fastify()
    const { things, vault } = new Sample()
    const nothing = () => undefined
    mountXmlCurl(other, { things, vault, secret: undefined, logger: { info: nothing, warn: nothing, error: nothing } })
    expect((await other.inject({ method: 'POST', url: '/freeswitch/xml' })).statusCode).toBe(404)
    await other.close()
  })
})
