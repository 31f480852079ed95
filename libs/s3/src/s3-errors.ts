/** What the answers of an S3 service, and the lack of one, mean to whoever uses the store. */
import {
  ChecksumMismatchError,
  InvalidObjectRequestError,
  ObjectNotFoundError,
  ObjectStoreRefusedError,
  ObjectStoreUnavailableError,
} from '@trunkline/ports'

const OWN = [
  ChecksumMismatchError,
  InvalidObjectRequestError,
  ObjectNotFoundError,
  ObjectStoreRefusedError,
  ObjectStoreUnavailableError,
]

/** The bytes that arrived were not those that were signed or announced. */
const DAMAGED = new Set(['XAmzContentSHA256Mismatch', 'BadDigest', 'InvalidDigest'])

/** Codes with a 4xx status that pass by themselves. */
const PASSING = new Set([
  'SlowDown',
  'RequestTimeout',
  'OperationAborted',
  'ExpiredToken',
  'TooManyRequests',
  'Throttling',
])

/** TLS that cannot be trusted does not become so by trying again (https://nodejs.org/api/tls.html#x509-certificate-error-codes). */
const UNTRUSTED = /^(CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/

const ADVICE: Readonly<Record<string, string>> = {
  NoSuchBucket: 'create the bucket, or correct its name',
  AccessDenied: 'allow these credentials to list the bucket, and to get, put and delete its objects',
  InvalidAccessKeyId: 'correct the access key',
  SignatureDoesNotMatch: 'correct the secret key',
  RequestTimeTooSkewed: 'set the clock of this machine',
  AuthorizationHeaderMalformed: 'correct the region',
  PermanentRedirect: 'correct the region or the endpoint',
  CredentialsProviderError: 'give credentials',
}

export interface S3Target {
  readonly bucket: string
  /** For people: the endpoint, or Amazon's of the region. */
  readonly place: string
}

interface Answer {
  readonly name?: string
  readonly code?: string
  readonly message?: string
  readonly $metadata?: { readonly httpStatusCode?: number }
}

/** Code of an answer: `NoSuchKey`, or the number of the status when it had no body. */
export function answerCode(error: unknown): string {
  const { name, $metadata } = error as Answer
  const status = $metadata?.httpStatusCode
  if (status === undefined) return name ?? ''
  return name === undefined || name === 'Unknown' || name === 'UnknownError' || name === 'NotFound'
    ? String(status)
    : name
}

/** Makes an error of the port's kind. */
export function translate(error: unknown, { bucket, place }: S3Target): unknown {
  if (OWN.some((kind) => error instanceof kind) || typeof error !== 'object' || error === null) return error
  const { message = '', code: system = '', $metadata } = error as Answer
  const code = answerCode(error)
  const status = $metadata?.httpStatusCode
  const text = `bucket ${bucket} at ${place}: ${[code, message].filter((part) => part !== '').join(': ')}`
  if (code === 'NoSuchKey') return new ObjectNotFoundError(text, { cause: error })
  if (DAMAGED.has(code)) return new ChecksumMismatchError(text, { cause: error })
  const refused = (advice: string) => new ObjectStoreRefusedError(`${text}; ${advice}`, { cause: error })
  if (UNTRUSTED.test(system)) return refused('make its certificate one that this machine trusts')
  if (code in ADVICE) return refused(ADVICE[code]!)
  if (status === undefined || status < 300 || status >= 500 || status === 408 || status === 429 || PASSING.has(code))
    return new ObjectStoreUnavailableError(text, { cause: error })
  return refused(status === 403 ? ADVICE['AccessDenied']! : 'it will not take this request')
}
