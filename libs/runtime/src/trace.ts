import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

export interface Trace {
  readonly correlationId: string
  readonly traceparent: string | undefined
}

/** What joins a command with the request that it came in: of the headers `X-Correlation-Id` and `traceparent` (W3C). */
export function traceOf(headers: IncomingHttpHeaders): Trace {
  const given = headers['traceparent']
  const isTrace =
    typeof given === 'string' && /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/.test(given)
  const traceparent = isTrace ? given : undefined
  const correlation = headers['x-correlation-id']
  const isCorrelation = typeof correlation === 'string' && /^[\x21-\x7e]{1,128}$/.test(correlation)
  return { correlationId: isCorrelation ? correlation : (traceparent?.slice(3, 35) ?? randomUUID()), traceparent }
}
