import { realpathSync } from 'node:fs'
import { Readable } from 'node:stream'
import { checkObjectKey, contentDisposition, type ObjectInfo } from '@trunkline/ports'
import type { FolderObjectStoreOptions } from './folder-object-store.js'
import { httpRange } from './http-range.js'
import { openObject, type OpenObject } from './open-object.js'
import { translate } from './folder-errors.js'
import { readGrant, type Grant } from './signed-address.js'

export interface ObjectRequest {
  readonly method: string
  /** Path and query as they came in. */
  readonly url: string
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

export interface ObjectResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Nothing follows the headers when it is undefined. It may fail midway: then cut the connection. */
  readonly body: Readable | undefined
}

export interface FolderObjectRouteOptions extends Pick<FolderObjectStoreOptions, 'directory' | 'signing'> {
  /** Path where the route is mounted, when a proxy makes it another one than that of `signing.baseUrl`. */
  readonly path?: string
}

export type ObjectRoute = (request: ObjectRequest) => Promise<ObjectResponse>

/** Nothing that is stored may act as a page of ours, and no address may be kept or told on. */
const SAFE = {
  'cache-control': 'private, no-store',
  'content-security-policy': "default-src 'none'; sandbox",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/**
 * Serves the addresses that the folder store signs: GET and HEAD, whole or one range. Knows no HTTP server; whoever
 * mounts it hands over method, path and headers, and sends what comes back. Never throws.
 */
export function folderObjectRoute({ directory, signing, path }: FolderObjectRouteOptions): ObjectRoute {
  const prefix = `${(path ?? new URL(signing.baseUrl).pathname).replace(/\/+$/, '')}/`
  return async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return refusal(405, 'BAD_USER_INPUT', 'only GET and HEAD', { allow: 'GET, HEAD' })
    const grant = grantOf(request.url, prefix, signing.secret)
    if (grant === undefined) return refusal(403, 'FORBIDDEN', 'this address is not signed')
    if (Date.now() >= grant.expires * 1000) return refusal(403, 'FORBIDDEN', 'this address has expired')
    try {
      const object = await openObject({ root: realpathSync(directory), key: grant.key })
      if (object === undefined) return refusal(404, 'NOT_FOUND', 'there is no such object')
      return await answer(request, grant, object)
    } catch (error) {
      return failure(translate(error))
    }
  }
}

function grantOf(url: string, prefix: string, secret: string): Grant | undefined {
  const [path = '', query = ''] = url.split('?', 2)
  if (!path.startsWith(prefix)) return undefined
  const key = path.slice(prefix.length)
  try {
    checkObjectKey(key)
  } catch {
    return undefined
  }
  return readGrant(secret, key, new URLSearchParams(query))
}

async function answer(request: ObjectRequest, grant: Grant, object: OpenObject): Promise<ObjectResponse> {
  const { info } = object
  const range = rangeOf(request, info)
  if (range === 'none') {
    await object.close()
    return refusal(416, 'BAD_USER_INPUT', 'past the end', { 'content-range': `bytes */${info.size}` })
  }
  const { from, to } = range === 'all' ? { from: 0, to: info.size - 1 } : range
  const headers: Record<string, string> = {
    ...SAFE,
    'accept-ranges': 'bytes',
    'content-disposition': contentDisposition(
      /^audio\//i.test(info.contentType) ? 'inline' : 'attachment',
      grant.filename,
    ),
    'content-length': String(to + 1 - from),
    'content-type': info.contentType,
    etag: etagOf(info),
  }
  if (range !== 'all') headers['content-range'] = `bytes ${from}-${to}/${info.size}`
  const status = range === 'all' ? 200 : 206
  if (request.method === 'GET') return { status, headers, body: object.read({ from, to: Math.max(to, from) }) }
  await object.close()
  return { status, headers, body: undefined }
}

/** A range goes with the state of the object that the client has already: of another one it gets all (RFC 9110, 13.1.5). */
function rangeOf({ method, headers }: ObjectRequest, info: ObjectInfo) {
  const condition = headers['if-range']
  if (method !== 'GET' || (condition !== undefined && condition !== etagOf(info))) return 'all'
  const range = headers['range']
  return httpRange(Array.isArray(range) ? range.join(',') : range, info.size)
}

function etagOf({ sha256 }: ObjectInfo): string {
  return `"${sha256}"`
}

function failure(error: unknown): ObjectResponse {
  const retryable =
    typeof error === 'object' && error !== null && 'code' in error && error.code === 'OBJECT_STORE_UNAVAILABLE'
  return retryable
    ? refusal(503, 'UNAVAILABLE', 'the object cannot be read now', { 'retry-after': '5' })
    : refusal(500, 'INTERNAL', 'the object cannot be read')
}

function refusal(status: number, code: string, message: string, more: Record<string, string> = {}): ObjectResponse {
  const text = JSON.stringify({ error: { code, message, retryable: status === 503 } })
  const headers = { ...SAFE, 'content-type': 'application/json', 'content-length': String(text.length), ...more }
  return { status, headers, body: Readable.from([Buffer.from(text)]) }
}
