import { describe, expect, it } from '@jest/globals'
import { ChecksumMismatchError } from '@trunkline/ports'
import { translate } from './s3-errors.js'

const target = { bucket: 'b', place: 'http://s3' }
const answer = (name: string, httpStatusCode: number) => ({ name, message: 'why', $metadata: { httpStatusCode } })
const system = (code: string) => Object.assign(new Error('why'), { code })

describe('errors of S3', () => {
  it.each([
    ['NoSuchKey', 404, 'OBJECT_NOT_FOUND', false],
    ['NoSuchBucket', 404, 'OBJECT_STORE_REFUSED', false],
    ['AccessDenied', 403, 'OBJECT_STORE_REFUSED', false],
    ['Unknown', 403, 'OBJECT_STORE_REFUSED', false],
    ['InvalidAccessKeyId', 403, 'OBJECT_STORE_REFUSED', false],
    ['RequestTimeTooSkewed', 403, 'OBJECT_STORE_REFUSED', false],
    ['PermanentRedirect', 301, 'OBJECT_STORE_REFUSED', false],
    ['EntityTooLarge', 400, 'OBJECT_STORE_REFUSED', false],
    ['ExpiredToken', 400, 'OBJECT_STORE_UNAVAILABLE', true],
    ['RequestTimeout', 400, 'OBJECT_STORE_UNAVAILABLE', true],
    ['BadDigest', 400, 'CHECKSUM_MISMATCH', true],
    ['XAmzContentSHA256Mismatch', 400, 'CHECKSUM_MISMATCH', true],
    ['SlowDown', 503, 'OBJECT_STORE_UNAVAILABLE', true],
    ['InternalError', 500, 'OBJECT_STORE_UNAVAILABLE', true],
    ['InternalError', 200, 'OBJECT_STORE_UNAVAILABLE', true],
    ['TooManyRequests', 429, 'OBJECT_STORE_UNAVAILABLE', true],
  ])('an answer %s (%d) becomes %s, worth trying again: %s', (name, status, code, retryable) => {
    const message = expect.stringContaining('bucket b at http://s3')
    expect(translate(answer(name, status), target)).toMatchObject({ code, retryable, message })
  })

  it.each([
    ['ECONNREFUSED', 'OBJECT_STORE_UNAVAILABLE'],
    ['ENOTFOUND', 'OBJECT_STORE_UNAVAILABLE'],
    ['ERR_STREAM_PREMATURE_CLOSE', 'OBJECT_STORE_UNAVAILABLE'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'OBJECT_STORE_REFUSED'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'OBJECT_STORE_REFUSED'],
  ])('a connection that fails by %s becomes %s', (code, translated) => {
    expect(translate(system(code), target)).toMatchObject({ code: translated })
  })

  it('asks for credentials when there are none', () => {
    const none = Object.assign(new Error('Could not load credentials'), { name: 'CredentialsProviderError' })
    expect(translate(none, target)).toMatchObject({
      code: 'OBJECT_STORE_REFUSED',
      message: expect.stringContaining('give credentials'),
    })
  })

  it('leaves its own as they are', () => {
    const own = new ChecksumMismatchError('x')
    expect(translate(own, target)).toBe(own)
  })
})
