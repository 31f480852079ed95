import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { AccessError } from '@trunkline/access'
import { LogUnavailableError } from '@trunkline/ports'
import { GraphQLError } from 'graphql'
import { pino } from 'pino'
import { API_ERRORS, ApiError, errorTable, publicError } from './index.js'

const logger = pino({ level: 'silent' })
const codeOf = (thrown: unknown) => publicError(thrown, logger).extensions?.['code']

describe('the catalogue of errors', () => {
  it('is the table of docs/errors.md', () => {
    expect(readFileSync('docs/errors.md', 'utf8')).toContain(errorTable())
  })

  it('is all that goes out, whatever is thrown', () => {
    const thrown: unknown[] = [
      undefined,
      null,
      'text',
      42,
      new Error('inside'),
      new GraphQLError('inside', { originalError: new Error('inside') }),
      new GraphQLError('inside', { extensions: { code: 'DB_DOWN', secret: 'inside' } }),
      new GraphQLError('inside', { path: ['a'], originalError: new TypeError('inside') }),
      Object.assign(new Error('inside'), { code: 'SQLITE_ERROR' }),
    ]
    for (const one of thrown) {
      const shown = publicError(one, logger)
      expect(Object.keys(API_ERRORS)).toContain(shown.extensions?.['code'])
      expect(JSON.stringify(shown)).not.toMatch(/inside|secret|SQLITE/)
    }
  })

  it('keeps what was said on purpose', () => {
    expect(codeOf(new ApiError('NOT_FOUND'))).toBe('NOT_FOUND')
    expect(codeOf(new GraphQLError('x', { path: ['a'], originalError: new ApiError('FORBIDDEN') }))).toBe('FORBIDDEN')
    expect(codeOf(new AccessError('TOKEN_EXPIRED'))).toBe('UNAUTHENTICATED')
    expect(codeOf(new AccessError('KEYS_UNAVAILABLE'))).toBe('UNAVAILABLE')
    expect(codeOf(new LogUnavailableError('10.0.0.1 is away'))).toBe('UNAVAILABLE')
    expect(JSON.stringify(publicError(new ApiError('NOT_FOUND'), logger))).not.toMatch(/http/)
  })
})
