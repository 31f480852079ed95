import { hoistNamed, sorted, type JsonSchema } from './hoist-named.js'
import { publishedStreams, schemaId, type AnyDeclaration, type PublishedStream } from './published-events.js'

const DELIVERY = `Delivery is at least once: a record that was acknowledged is kept, and may come again. Records of one
key come in order, in one partition (murmur2 of the key, as the Java client has it); there is no order between keys. A
record that comes again is known by \`ce_source\` and \`ce_id\` together; in the streams that carry \`ce_seq\` it is also
known by a \`ce_seq\` that is not greater than the last one seen in that partition. Numbers have gaps, since one numbering
serves all numbered streams. Records are kept for the time that the operator sets (\`retention.ms\`), whether they were
read or not; topics are never compacted.`

const EVOLUTION = `A type and version never change their meaning. New optional properties may come without a new version,
so ignore what you do not know; anything else is a new version with a schema of its own. A reader that meets a type or
version that it does not know should stop or set the record aside, not skip it.`

const ENVELOPE = `Messages are CloudEvents 1.0 in binary mode (Kafka protocol binding): attributes are headers \`ce_…\`,
the value is the data as JSON, the key is \`ce_partitionkey\`. \`ce_dataschema\` names the schema and with it the version.
Topics are named as the channels here, after a prefix where several deployments share a cluster. On one machine without
Kafka the embedded event log has the same id, type, version, key, time, meta and data in columns.`

/** The AsyncAPI 3.0 document of everything that Trunkline publishes; the same text for the same declarations. */
export function asyncApiDocument(version: string): JsonSchema {
  const schemas = new Map<string, JsonSchema>()
  const messages = new Map<string, JsonSchema>()
  for (const stream of publishedStreams) {
    for (const event of stream.events) messages.set(messageName(event), message(event, stream, schemas))
  }
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Trunkline events',
      version,
      description: [DELIVERY, EVOLUTION, ENVELOPE].map((text) => text.replaceAll('\n', ' ')).join('\n\n'),
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    channels: Object.fromEntries(publishedStreams.map((stream) => [channelName(stream), channel(stream)])),
    operations: Object.fromEntries(
      publishedStreams.map((stream) => [`publish_${channelName(stream)}`, publish(stream)]),
    ),
    components: { messages: Object.fromEntries(messages), schemas: { ...headerSchemas(), ...sorted(schemas) } },
  }
}

function channelName({ name }: PublishedStream): string {
  return name.slice(name.indexOf('.') + 1)
}

function messageName({ type, version }: AnyDeclaration): string {
  return `${type}.v${version}`
}

function channel(stream: PublishedStream): JsonSchema {
  const names = stream.events.map(messageName)
  return {
    address: stream.name,
    description: `${stream.description} Key: ${stream.key}.`,
    messages: Object.fromEntries(names.map((name) => [name, { $ref: `#/components/messages/${name}` }])),
    bindings: {
      kafka: { topic: stream.name, topicConfiguration: { 'cleanup.policy': ['delete'] }, bindingVersion: '0.5.0' },
    },
  }
}

function publish(stream: PublishedStream): JsonSchema {
  return { action: 'send', channel: { $ref: `#/channels/${channelName(stream)}` }, summary: stream.description }
}

function message(event: AnyDeclaration, stream: PublishedStream, schemas: Map<string, JsonSchema>): JsonSchema {
  return {
    name: event.type,
    title: `${event.type} version ${event.version}`,
    summary: event.description,
    contentType: 'application/json',
    headers: {
      allOf: [
        { $ref: `#/components/schemas/${stream.numbered ? 'NumberedHeaders' : 'Headers'}` },
        { properties: { ce_type: { const: event.type }, ce_dataschema: { const: schemaId(event) } } },
      ],
    },
    payload: hoistNamed(event.schema.json, '#/components/schemas/', schemas),
    bindings: { kafka: { key: { type: 'string', description: stream.key }, bindingVersion: '0.5.0' } },
  }
}

function headerSchemas(): Record<string, JsonSchema> {
  const text = (description: string, more: object = {}) => ({ type: 'string', description, ...more })
  const properties = {
    'content-type': { const: 'application/json' },
    ce_specversion: { const: '1.0' },
    ce_id: text('Unique within its source; the same fact told twice has the same id'),
    ce_source: text('The switch (urn:trunkline:switch:NAME), or the stream'),
    ce_type: text('Event type, a past-tense string'),
    ce_time: text("When it happened by the source's own clock, RFC 3339 in UTC with µs", { format: 'date-time' }),
    ce_partitionkey: text('The key of the message; records of one key keep their order'),
    ce_dataschema: text('URN of the JSON Schema of the data: urn:trunkline:event:TYPE:VERSION', { format: 'uri' }),
  }
  const headers = {
    type: 'object',
    properties,
    required: Object.keys(properties),
    additionalProperties: { type: 'string' },
  }
  const seq = text('Greater in every later record of a partition; decimal', { pattern: '^[0-9]+$' })
  return {
    Headers: headers,
    NumberedHeaders: {
      ...headers,
      properties: { ...properties, ce_seq: seq },
      required: [...headers.required, 'ce_seq'],
    },
  }
}
