import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Ajv } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from '@jest/globals'
import { STREAMS } from '@trunkline/ports'
import { asyncApiDocument } from './async-api.js'
import { toCloudEvent } from './cloud-event.js'
import { contractFiles, isOlderSchema } from './contract-files.js'
import { publishedStreams } from './published-events.js'

const document = asyncApiDocument('1.2.3')
const ajv = new Ajv2020({ strict: false, validateFormats: false, schemas: { doc: document } })

function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => (key === '$ref' ? [String(inner)] : referencesIn(inner)))
}

function resolve(reference: string): unknown {
  return reference
    .slice(2)
    .split('/')
    .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], document)
}

const fact = {
  id: 'core-1/17',
  type: 'channel.created',
  version: 1,
  key: 'pbx 1',
  time: 1_700_000_000_123_456,
  data: { core: 'core-1' },
}

describe('the AsyncAPI document', () => {
  it('is valid by the schema of AsyncAPI 3.0.0', () => {
    const file = createRequire(import.meta.url).resolve('@asyncapi/specs/schemas/3.0.0.json')
    const schema = JSON.parse(readFileSync(file, 'utf8')) as object
    // The schema brings draft-07 along itself.
    const official = new Ajv({ strict: false, meta: false, validateSchema: false, validateFormats: false })
    const validate = official.compile(schema)
    expect([validate(document), validate.errors]).toEqual([true, null])
    expect(validate({ ...document, channels: [] })).toBe(false)
  })

  it('resolves every reference inside itself', () => {
    const broken = referencesIn(document).filter((one) => !one.startsWith('#/') || resolve(one) === undefined)
    expect(broken).toEqual([])
  })

  it('has a message for every declared event, in the channel of its stream', () => {
    const channels = document['channels'] as Record<string, { address: string; messages: object }>
    for (const { name, events } of publishedStreams) {
      const channel = Object.values(channels).find(({ address }) => address === name)
      expect(Object.keys(channel!.messages)).toEqual(events.map(({ type, version }) => `${type}.v${version}`))
    }
  })

  it('describes the headers that records are sent with', () => {
    const headersOf = (message: string) => ajv.compile({ $ref: `doc#/components/messages/${message}/headers` })
    const plain = toCloudEvent(STREAMS.switch, fact).headers
    expect(headersOf('channel.created.v1')(plain)).toBe(true)
    expect(headersOf('channel.answered.v1')(plain)).toBe(false)
    const numbered = { ...fact, type: 'call.started', key: 'c1', meta: { seq: '41' } }
    expect(headersOf('call.started.v1')(toCloudEvent(STREAMS.calls, numbered).headers)).toBe(true)
    expect(headersOf('call.started.v1')(toCloudEvent(STREAMS.calls, { ...numbered, meta: {} }).headers)).toBe(false)
  })

  it('is the same text every time', () => {
    expect(contractFiles('1.2.3')).toEqual(contractFiles('1.2.3'))
    expect(contractFiles('1.2.3')['asyncapi.json']).toBe(`${JSON.stringify(document, null, 2)}\n`)
  })
})

describe('a record as a CloudEvent', () => {
  it('carries id, type, source, time to the µs, schema and meta in its headers, and the data as JSON', () => {
    expect(toCloudEvent(STREAMS.switch, { ...fact, meta: { commandId: 'x', ID: 'not over the id' } })).toEqual({
      key: 'pbx 1',
      headers: {
        'content-type': 'application/json',
        ce_specversion: '1.0',
        ce_id: 'core-1/17',
        ce_type: 'channel.created',
        ce_source: 'urn:trunkline:switch:pbx%201',
        ce_time: '2023-11-14T22:13:20.123456Z',
        ce_dataschema: 'urn:trunkline:event:channel.created:1',
        ce_partitionkey: 'pbx 1',
        ce_commandid: 'x',
      },
      value: '{"core":"core-1"}',
    })
  })
})

describe('schema files of former versions', () => {
  it('stay, since old records still have them; others do not', () => {
    expect(isOlderSchema('schemas/channel.created.v0.json')).toBe(true)
    expect(isOlderSchema('schemas/channel.created.v1.json')).toBe(false)
    expect(isOlderSchema('schemas/channel.vanished.v1.json')).toBe(false)
  })
})
