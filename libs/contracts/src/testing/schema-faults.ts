import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { eventSchema } from '../event-schema.js'
import { publishedStreams } from '../published-events.js'

const ajv = new Ajv2020({ strict: true, allErrors: true })
const validators = new Map<string, ValidateFunction>()
for (const { events } of publishedStreams) {
  for (const event of events) validators.set(event.type, ajv.compile(eventSchema(event)))
}

/** What is wrong with the data of an event, as a reader of the stream gets it: after JSON. */
export function schemaFaults(type: string, data: unknown): string[] {
  const validate = validators.get(type)
  if (validate === undefined) return [`${type} has no schema`]
  if (validate(JSON.parse(JSON.stringify(data)))) return []
  return validate.errors!.map(({ instancePath, message }) => `${type} ${instancePath} ${message}`)
}
