import { asyncApiDocument } from './async-api.js'
import { eventSchema } from './event-schema.js'
import { publishedStreams } from './published-events.js'

/** The generated documents by file name below docs/generated. `version` is that of the product. */
export function contractFiles(version: string): Record<string, string> {
  const files: Record<string, string> = { 'asyncapi.json': text(asyncApiDocument(version)) }
  for (const { events } of publishedStreams) {
    for (const event of events) files[`schemas/${event.type}.v${event.version}.json`] = text(eventSchema(event))
  }
  return files
}

/** Versions of today; a schema file of an older version of a known type stays, since old records still have it. */
export function isOlderSchema(file: string): boolean {
  const [, type, version] = /^schemas\/(.+)\.v(\d+)\.json$/.exec(file) ?? []
  return publishedStreams.some(({ events }) =>
    events.some((event) => event.type === type && event.version > Number(version)),
  )
}

function text(document: unknown): string {
  return `${JSON.stringify(document, null, 2)}\n`
}
