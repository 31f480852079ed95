/** Answers that are errors, with the trailers by which the client tells them apart, as the real server sends them. */
import { Metadata, status, type ServerErrorResponse } from '@grpc/grpc-js'

function refusal(code: status, details: string, trailers: Readonly<Record<string, string>> = {}): ServerErrorResponse {
  const metadata = new Metadata()
  for (const [name, value] of Object.entries(trailers)) metadata.set(name, value)
  return Object.assign(new Error(details), { code, details, metadata })
}

export const accessDenied = () => refusal(status.PERMISSION_DENIED, 'Access Denied', { exception: 'access-denied' })
export const notAuthenticated = () => refusal(status.UNAUTHENTICATED, 'Unauthenticated')
export const serverNotReady = () => refusal(status.UNAVAILABLE, 'Server Is Not Ready')
export const operationTimedOut = () => refusal(status.ABORTED, 'Operation timed out: Prepare phase timeout.')
export const unexpectedResult = () => refusal(status.UNKNOWN, 'Unexpected OperationResult: 42')
export const invalidArgument = (what: string) => refusal(status.INVALID_ARGUMENT, what)
export const streamDeleted = (name: string) =>
  refusal(status.FAILED_PRECONDITION, `Event stream '${name}' is deleted.`, {
    exception: 'stream-deleted',
    'stream-name': name,
  })
export const maximumAppendSizeExceeded = (size: number) =>
  refusal(status.INVALID_ARGUMENT, `Maximum Append Size of ${size} Exceeded.`, {
    exception: 'maximum-append-size-exceeded',
    'maximum-append-size': String(size),
  })
export const notLeader = (host: string, port: number) =>
  refusal(status.NOT_FOUND, 'Leader info available', {
    exception: 'not-leader',
    'leader-endpoint-host': host,
    'leader-endpoint-port': String(port),
  })
