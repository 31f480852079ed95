import { pino, type DestinationStream, type Logger } from 'pino'
import { MASK, maskUrls } from './mask.js'

export type { Logger } from 'pino'

const SECRET_FIELD = /^(password|passwd|secret|token|authorization|cookie|jwtSecret|ha1|ha1b|response|credential)$/i
const DEEPEST = 6

export interface LoggerOptions {
  readonly level: string
  readonly name: string
  /** File descriptor to write to: 1 (standard output) by default, 2 for standard error. */
  readonly fd?: 1 | 2
  /** Instead of a file descriptor. */
  readonly destination?: DestinationStream
}

/** JSON lines. Credentials in URLs, and fields that are named like secrets, are masked wherever they stand. */
export function createLogger({ level, name, fd = 1, destination }: LoggerOptions): Logger {
  return pino(
    {
      level,
      name,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => clean(fields, 0) as Record<string, unknown>,
      },
      serializers: { err: (error: unknown) => clean(pino.stdSerializers.err(error as Error), 0) },
      timestamp: pino.stdTimeFunctions.isoTime,
      hooks: {
        logMethod(args, method) {
          const masked = args.map((arg: unknown) => (typeof arg === 'string' ? maskUrls(arg) : arg))
          method.apply(this, masked as typeof args)
        },
      },
    },
    destination ?? pino.destination({ dest: fd, sync: true }),
  )
}

/** A copy with secrets masked. Errors keep their own serialiser. */
function clean(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return maskUrls(value)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  if (depth === 0 && value instanceof Error) return value
  if (value instanceof Error) return clean(pino.stdSerializers.err(value), depth)
  if (depth >= DEEPEST) return '…'
  if (Array.isArray(value)) return value.map((item) => clean(item, depth + 1))
  const copy: Record<string, unknown> = {}
  for (const [name, item] of Object.entries(value)) {
    copy[name] = SECRET_FIELD.test(name) ? MASK : name === 'err' ? item : clean(item, depth + 1)
  }
  return copy
}
