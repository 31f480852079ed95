import { GraphQLError, GraphQLScalarType, Kind } from 'graphql'

const ISO = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/

function readTime(value: unknown): number {
  const time = typeof value === 'string' && ISO.test(value) ? Date.parse(value) : NaN
  if (Number.isNaN(time)) throw new GraphQLError('a DateTime is written as in 2026-01-31T09:30:00.000Z')
  return time
}

/** Inside, a time is a number: ms since 1970 (UTC), or ISO 8601 as it is outside. */
export const DateTime = new GraphQLScalarType<number, string>({
  name: 'DateTime',
  description: 'A moment, ISO 8601 (RFC 3339) in UTC with milliseconds: 2026-01-31T09:30:00.000Z',
  serialize: (value) => new Date(value as number | string).toISOString(),
  parseValue: readTime,
  parseLiteral: (node) => readTime(node.kind === Kind.STRING ? node.value : undefined),
})

function readMilliseconds(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new GraphQLError('Milliseconds are a whole number that is not negative')
  }
  return value
}

/** Int of GraphQL ends at 24 days of milliseconds; sums and forgotten calls are longer. */
export const Milliseconds = new GraphQLScalarType<number, number>({
  name: 'Milliseconds',
  description: 'A duration in whole milliseconds, up to 2^53 - 1',
  serialize: (value) => Math.round(value as number),
  parseValue: readMilliseconds,
  parseLiteral: (node) => readMilliseconds(node.kind === Kind.INT ? Number(node.value) : undefined),
})

/** For what has a shape of its own in every row. Never taken as input. */
export const Json = new GraphQLScalarType<never, unknown>({
  name: 'Json',
  description: 'Any JSON value',
  parseValue: () => {
    throw new GraphQLError('JSON is only given, never taken')
  },
  parseLiteral: () => {
    throw new GraphQLError('JSON is only given, never taken')
  },
})
