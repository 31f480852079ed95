import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

const PREFIX = 'whsec_'

/** A secret of 32 random bytes, in the form of Standard Webhooks. */
export function newSecret(): string {
  return `${PREFIX}${randomBytes(32).toString('base64')}`
}

export interface Signed {
  /** The same for each attempt. */
  readonly id: string
  /** s since 1970-01-01 UTC. */
  readonly timestamp: number
  readonly body: string
}

/** Headers of Standard Webhooks (standardwebhooks.com): `v1,` and HMAC-SHA256 over id, time and body. */
export function signedHeaders(secret: string, { id, timestamp, body }: Signed): Record<string, string> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': `v1,${digest(secret, { id, timestamp, body })}`,
  }
}

/** Whether a signature is right; for receivers written in JavaScript, and tests. */
export function isSigned(secret: string, signed: Signed, signature: string): boolean {
  const [given, wanted] = [Buffer.from(signature), Buffer.from(`v1,${digest(secret, signed)}`)]
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}

function digest(secret: string, { id, timestamp, body }: Signed): string {
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64')
  return createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
}
