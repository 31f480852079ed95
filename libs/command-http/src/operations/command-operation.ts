import type { CommandDeclaration } from '@trunkline/commands'
import { z } from 'zod'
import { etag } from '../rest/request-headers.js'
import { writeSideOf } from '../rest/rest-services.js'
import { pathFields, type RestOperation } from '../rest/rest-operation.js'

const outcome = {
  id: z.string().describe('of the thing; for routes the tenant, for a blocked caller its key'),
  tenant: z.string().describe('SIP domain'),
  revision: z.int().describe('of the thing after the command; give it as atLeastRevision, or as If-Match in quotes'),
  changed: z.boolean().describe('false when what was asked for was true already'),
  replayed: z.boolean().describe('true when this is the answer to the same command sent before'),
}

/** What every command answers; `result` is null for a command that has none. */
export function outcomeSchema(result: z.ZodType | undefined): z.ZodType {
  return z.object({ ...outcome, result: result ?? z.null() })
}

/** A command as an operation: fields of path and body are one input, and the commander judges it. */
export function commandOperation(declaration: CommandDeclaration): RestOperation {
  const { name, summary, group, roles, method, path } = declaration
  const schema = outcomeSchema(declaration.result as z.ZodType | undefined)
  const creates = method === 'POST' && pathFields(path).length === 0
  const done = { description: 'Done, or true already', schema, headers: ['ETag'] } as const
  return {
    id: name,
    summary,
    group,
    roles,
    method,
    path,
    input: declaration.input as z.ZodType,
    command: true,
    answers: creates
      ? { 201: { description: 'Created', schema, headers: ['ETag', 'Location'] }, 200: done }
      : { 200: done },
    async run({ viewer, input, idempotencyKey, expectedRevision, correlationId, traceparent }, services) {
      const answer = await writeSideOf(services).commander.execute({
        name,
        input,
        viewer: viewer!,
        idempotencyKey,
        expectedRevision,
        correlationId,
        traceparent,
      })
      const created = creates && answer.changed
      return {
        status: created ? 201 : 200,
        headers: {
          etag: etag(answer.revision),
          ...(created ? { location: `/v1${path}/${encodeURIComponent(answer.id)}` } : {}),
        },
        body: { ...answer, result: answer.result ?? null },
      }
    },
  }
}
