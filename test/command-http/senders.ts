/** One command, by REST or by GraphQL: the same name, input and answer. */
import { randomUUID } from 'node:crypto'
import { findCommand, type CommandAnswer } from '@trunkline/commands'
import { z } from 'zod'
import { graphql, rest, type World } from './world.js'

export interface Sent {
  readonly key?: string
  readonly expectedRevision?: number
}
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into any result
export type Outcome = { readonly answer?: CommandAnswer<any>; readonly code?: string; readonly errors?: unknown }
export type Send = (name: string, input: Record<string, unknown>, sent?: Sent) => Promise<Outcome>

export function byRest(world: World, bearer: string): Send {
  return async (name, input, { key = randomUUID(), expectedRevision } = {}) => {
    const { method, path } = findCommand(name)!
    const fields = { ...input }
    const filled = path.replace(/\{(\w+)\}/g, (_all, field: string) => {
      const value = String(fields[field])
      delete fields[field]
      return encodeURIComponent(value)
    })
    const query = method === 'DELETE' ? `?${new URLSearchParams(fields as Record<string, string>).toString()}` : ''
    const { status, headers, body } = await rest(world, `${method} /v1${filled}${query}`, {
      bearer,
      headers: {
        'idempotency-key': key,
        ...(expectedRevision === undefined ? {} : { 'if-match': `"${expectedRevision}"` }),
      },
      ...(method === 'DELETE' ? {} : { body: fields }),
    })
    if (status >= 400) return { code: body.code, errors: body.errors }
    if (headers.get('etag') !== `"${body.revision}"`) throw new Error('the ETag is not the revision')
    return { answer: body }
  }
}

export function byGraphql(world: World, bearer: string): Send {
  return async (name, input, { key = randomUUID(), expectedRevision } = {}) => {
    const { result } = findCommand(name)!
    const fields = result === undefined ? [] : Object.keys((result as unknown as z.ZodObject).shape)
    const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`
    const query = `mutation Send($input: ${type}!, $key: String!, $revision: Int) {
      ${name}(input: $input, idempotencyKey: $key, expectedRevision: $revision) {
        id tenant revision changed replayed ${fields.length === 0 ? '' : `result { ${fields.join(' ')} }`}
      }
    }`
    const { body } = await graphql(world, bearer, {
      query,
      variables: { input: words(input), key, revision: expectedRevision ?? null },
    })
    const error = body.errors?.[0]
    if (error !== undefined) return { code: error.extensions.code, errors: error.extensions.errors }
    return { answer: { result: null, ...body.data[name] } }
  }
}

/** Words of an enum cannot have a hyphen in GraphQL. */
function words(input: unknown): unknown {
  if (Array.isArray(input)) return input.map(words)
  if (typeof input !== 'object' || input === null) return input
  return Object.fromEntries(
    Object.entries(input).map(([name, value]) => [
      name,
      name === 'strategy' ? String(value).replaceAll('-', '_') : words(value),
    ]),
  )
}
