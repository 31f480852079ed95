import type { Metrics } from '@trunkline/runtime'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { NOT_FOUND } from '../document.js'
import { parseForm, type XmlCurlFields } from '../request.js'
import { basicAuthCheck } from './basic-auth.js'
import { xmlCurlMetrics, type XmlCurlResult } from './xml-curl-metrics.js'

export const XML_CURL_PATH = '/freeswitch/xml'
/** A channel has about 170 variables, some with a whole SDP in them. */
const BODY_LIMIT = 1024 * 1024
/** A call waits for the answer, and mod_xml_curl gives up at its `timeout`; ms. */
const ANSWER_WITHIN = 1500
const RETRY_AFTER_SECONDS = 5

export interface XmlCurlRouteParts {
  answer(fields: XmlCurlFields): Promise<string>
  readonly secret: string
  readonly logger: { warn(data: object, message: string): void; error(data: object, message: string): void }
  readonly metrics?: Metrics | undefined
  /** ms */
  readonly answerWithin?: number | undefined
}

/**
 * `POST` and `GET /freeswitch/xml` for mod_xml_curl, with HTTP Basic. While a store is away or slow the answer is 503,
 * upon which FreeSWITCH tries its static configuration and keeps nothing in mind: "not found" would be a lie. Bodies are
 * never logged: they hold whole calls.
 */
export function registerXmlCurl(server: FastifyInstance, parts: XmlCurlRouteParts): void {
  const isAllowed = basicAuthCheck(parts.secret)
  const metrics = xmlCurlMetrics(parts.metrics)

  // a scope of its own, so that the way to read forms concerns nobody else
  void server.register(async (scope) => {
    scope.removeContentTypeParser('application/x-www-form-urlencoded')
    scope.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
      done(null, body),
    )
    // before the body is read: nobody else's megabytes
    scope.addHook('onRequest', async (request, reply) => {
      if (isAllowed(request.headers.authorization)) return
      metrics.count(undefined, 'unauthorized')
      return reply.status(401).header('www-authenticate', 'Basic realm="trunkline", charset="UTF-8"').send()
    })
    scope.post(XML_CURL_PATH, { bodyLimit: BODY_LIMIT }, (request, reply) =>
      respond(reply, parseForm(typeof request.body === 'string' ? request.body : '')),
    )
    scope.get(XML_CURL_PATH, (request, reply) => respond(reply, parseForm(request.url.split('?')[1] ?? '')))
  })

  async function respond(reply: FastifyReply, fields: XmlCurlFields): Promise<FastifyReply> {
    const began = performance.now()
    const section = fields.get('section')
    const { result, text } = await tryToAnswer(fields)
    metrics.count(section, result)
    metrics.took((performance.now() - began) / 1000)
    void reply.header('cache-control', 'no-store')
    if (text !== undefined) return reply.type('text/xml; charset=utf-8').send(text)
    if (result === 'failed') return reply.status(500).send()
    return reply.status(503).header('retry-after', RETRY_AFTER_SECONDS).send()
  }

  async function tryToAnswer(fields: XmlCurlFields): Promise<{ result: XmlCurlResult; text?: string }> {
    // values of the wire are not logged, nor is what an error may quote of them
    const asked = { key: knownFile(fields.get('key_value')) }
    try {
      const text = await within(parts.answer(fields), parts.answerWithin ?? ANSWER_WITHIN)
      if (text !== undefined) return { result: text === NOT_FOUND ? 'not_found' : 'found', text }
      parts.logger.warn(asked, 'FreeSWITCH was not answered in time')
      return { result: 'unavailable' }
    } catch (error) {
      if (isRetryable(error)) {
        parts.logger.warn({ ...asked, code: codeOf(error) }, 'FreeSWITCH could not be answered: a store is away')
        return { result: 'unavailable' }
      }
      parts.logger.error({ ...asked, err: error }, 'FreeSWITCH could not be answered')
      return { result: 'failed' }
    }
  }
}

/** Undefined when it took longer. */
async function within(answer: Promise<string>, ms: number): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
    // a late failure is nobody's any more
    answer.catch(() => undefined)
  }
}

function knownFile(value: string | undefined): string | undefined {
  return value !== undefined && /^[a-z_]{1,40}\.conf$/.test(value) ? value : undefined
}

const isRetryable = (error: unknown) => error instanceof Error && 'retryable' in error && error.retryable === true
const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : undefined)
