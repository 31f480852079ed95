import { GraphQLError } from 'graphql'
import { API_ERRORS, type ApiErrorCode } from './catalogue.js'

/** An error that a client may see as it is. The message must hold nothing internal. */
export class ApiError extends GraphQLError {
  constructor(
    readonly code: ApiErrorCode,
    message: string = API_ERRORS[code].meaning,
    details: Readonly<Record<string, unknown>> = {},
  ) {
    const { http, retryable } = API_ERRORS[code]
    super(message, { extensions: { ...details, code, retryable, http: { status: http } } })
  }
}
