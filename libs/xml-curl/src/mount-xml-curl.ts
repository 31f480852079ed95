import type { Metrics } from '@trunkline/runtime'
import type { FastifyInstance } from 'fastify'
import { answerXmlCurl } from './answer.js'
import { registerXmlCurl, XML_CURL_PATH, type XmlCurlRouteParts } from './http/register-xml-curl.js'
import type { XmlCurlParts } from './parts.js'

export interface XmlCurlMountParts extends XmlCurlParts {
  /** `XML_CURL_SECRET`; without one nothing is mounted. */
  readonly secret: string | undefined
  readonly logger: XmlCurlRouteParts['logger'] & { info(data: object, message: string): void }
  readonly metrics?: Metrics | undefined
}

/** Adds the route for mod_xml_curl to a server that does not listen yet. */
export function mountXmlCurl(server: FastifyInstance, parts: XmlCurlMountParts): void {
  const { secret, logger, metrics } = parts
  if (secret === undefined) {
    logger.info({}, `XML_CURL_SECRET is not set: FreeSWITCH cannot ask for configuration at ${XML_CURL_PATH}`)
    return
  }
  registerXmlCurl(server, { secret, logger, metrics, answer: (fields) => answerXmlCurl(parts, fields) })
}
