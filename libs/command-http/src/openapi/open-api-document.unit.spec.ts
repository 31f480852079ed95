import { describe, expect, it } from '@jest/globals'
import { Validator } from '@seriousme/openapi-schema-validator'
import { REST_OPERATIONS } from '../operations/rest-operations.js'
import { openApiDocument } from './open-api-document.js'

const document = openApiDocument(REST_OPERATIONS, '1.2.3')

describe('the OpenAPI document', () => {
  it('is a valid document of OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(document) as Record<string, unknown>)
    expect(errors).toBeUndefined()
    expect(valid).toBe(true)
  })

  it('refers to nothing that it does not have', () => {
    const { schemas } = document['components'] as { schemas: Record<string, unknown> }
    const named = [...JSON.stringify(document).matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name!)
    expect(named.length).toBeGreaterThan(REST_OPERATIONS.length)
    expect(named.filter((name) => !(name in schemas))).toEqual([])
  })

  it('has an operation for each, with an id of its own', () => {
    const paths = document['paths'] as Record<string, Record<string, { operationId: string }>>
    const ids = Object.values(paths).flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId))
    expect(ids.sort()).toEqual(REST_OPERATIONS.map(({ id }) => id).sort())
    expect(new Set(ids).size).toBe(ids.length)
  })
})
