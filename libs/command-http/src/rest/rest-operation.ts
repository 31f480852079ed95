import type { Role, Viewer } from '@trunkline/access'
import type { z } from 'zod'
import type { RestServices } from './rest-services.js'

/** One thing that the REST API can do: routes and the OpenAPI document are made of a list of these. */
export interface RestOperation {
  readonly id: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below /v1, with fields in braces. */
  readonly path: string
  readonly summary: string
  readonly group: string
  /** Who may use it beside an admin; `anyone` needs no token. */
  readonly roles: readonly Role[] | 'anyone'
  /** Fields of path, query and body in one object. What is not in the path is query of GET and DELETE, else body. */
  readonly input: z.ZodType
  /** Needs an Idempotency-Key and takes If-Match. */
  readonly command: boolean
  readonly answers: Readonly<Record<number, AnswerDescription>>
  run(call: RestCall, services: RestServices): Promise<RestAnswer>
}

export interface AnswerDescription {
  readonly description: string
  /** Undefined: no body. */
  readonly schema?: z.ZodType | undefined
  readonly mediaType?: string
  /** Names of headers that come with it. */
  readonly headers?: readonly ('ETag' | 'Location')[]
}

export interface RestCall {
  /** Of an operation for `anyone`: undefined. */
  readonly viewer: Viewer | undefined
  /** As it was sent. */
  readonly input: Readonly<Record<string, unknown>>
  /** Of commands, else empty. */
  readonly idempotencyKey: string
  readonly expectedRevision: number | undefined
  readonly correlationId: string
  readonly traceparent: string | undefined
  /** Of the client. */
  readonly address: string
}

export interface RestAnswer {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** Names in the braces of a path. */
export function pathFields(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!)
}

/** Whether fields that are not in the path are in the query. */
export const takesQuery = ({ method }: Pick<RestOperation, 'method'>) => method === 'GET' || method === 'DELETE'
