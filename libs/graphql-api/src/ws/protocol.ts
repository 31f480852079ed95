/**
 * Server side of the protocol `graphql-transport-ws`
 * (https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md): its words and what may be said in them.
 */
export const SUBPROTOCOL = 'graphql-transport-ws'

/** Close codes, as the protocol names them; 4408 also ends a client that does not read. */
export const CLOSE = {
  goingAway: 1001,
  badRequest: 4400,
  unauthorized: 4401,
  forbidden: 4403,
  subprotocolNotAcceptable: 4406,
  timeout: 4408,
  subscriberExists: 4409,
  tooManyRequests: 4429,
  internal: 4500,
} as const

export interface SubscribePayload {
  readonly query: string
  readonly operationName?: string | null
  readonly variables?: Readonly<Record<string, unknown>> | null
}

export type ClientMessage =
  | { readonly type: 'connection_init'; readonly payload: Readonly<Record<string, unknown>> }
  | { readonly type: 'ping' | 'pong' }
  | { readonly type: 'subscribe'; readonly id: string; readonly payload: SubscribePayload }
  | { readonly type: 'complete'; readonly id: string }

/** An id is echoed with every message, so it has a bound. */
const LONGEST_ID = 128

/** Reads one message of a client; undefined when it does not follow the protocol. */
export function parseClientMessage(text: string): ClientMessage | undefined {
  let message: unknown
  try {
    message = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isObject(message)) return undefined
  const { type, id, payload } = message
  switch (type) {
    case 'connection_init':
      return payload == null ? { type, payload: {} } : isObject(payload) ? { type, payload } : undefined
    case 'ping':
    case 'pong':
      return { type }
    case 'complete':
      return isId(id) ? { type, id } : undefined
    case 'subscribe':
      return isId(id) && isSubscribe(payload) ? { type, id, payload } : undefined
    default:
      return undefined
  }
}

function isSubscribe(payload: unknown): payload is SubscribePayload {
  if (!isObject(payload)) return false
  const { query, operationName, variables } = payload
  return (
    typeof query === 'string' &&
    (operationName == null || typeof operationName === 'string') &&
    (variables == null || isObject(variables))
  )
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= LONGEST_ID
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
