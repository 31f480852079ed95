import { answerConfiguration } from './configuration/configuration.js'
import { answerDialplan } from './dialplan/dialplan.js'
import { answerDirectory } from './directory/directory.js'
import { NOT_FOUND } from './document.js'
import { answering, type Answering, type XmlCurlParts } from './parts.js'
import { fieldOf, type XmlCurlFields } from './request.js'

/** Of mod_xml_curl, which takes nothing of a longer answer. */
const MOST_BYTES = 1024 * 1024

/** All queues, or all gateways, in one document are more than the switch takes. */
export class AnswerTooLargeError extends Error {
  readonly code = 'ANSWER_TOO_LARGE'
  constructor(bytes: number) {
    super(`an answer of ${bytes} bytes is more than the ${MOST_BYTES} that mod_xml_curl takes`)
  }
}

/**
 * Answers one request of mod_xml_curl with a document in FreeSWITCH's own XML, always well-formed, or with its "not
 * found", after which FreeSWITCH looks into its static configuration. Rejects when a store is away: then nothing is
 * known, which is not the same as nothing being there.
 */
export async function answerXmlCurl(parts: XmlCurlParts, fields: XmlCurlFields): Promise<string> {
  const answer = await answerSection(answering(parts), fields)
  const bytes = Buffer.byteLength(answer)
  if (bytes > MOST_BYTES) throw new AnswerTooLargeError(bytes)
  return answer
}

async function answerSection(known: Answering, fields: XmlCurlFields): Promise<string> {
  switch (fieldOf(fields, 'section')) {
    case 'directory':
      return await answerDirectory(known, fields)
    case 'dialplan':
      return await answerDialplan(known, fields)
    case 'configuration':
      return await answerConfiguration(known, fields)
    default:
      return NOT_FOUND
  }
}
