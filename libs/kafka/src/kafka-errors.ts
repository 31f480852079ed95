/** What brokers answer (https://kafka.apache.org/protocol#protocol_error_codes), as far as it changes what we do. */

export const CODES = {
  OFFSET_OUT_OF_RANGE: 1,
  UNKNOWN_TOPIC_OR_PARTITION: 3,
  LEADER_NOT_AVAILABLE: 5,
  MESSAGE_TOO_LARGE: 10,
  RECORD_LIST_TOO_LARGE: 18,
  ILLEGAL_GENERATION: 22,
  UNKNOWN_MEMBER_ID: 25,
  REBALANCE_IN_PROGRESS: 27,
  TOPIC_AUTHORIZATION_FAILED: 29,
  GROUP_AUTHORIZATION_FAILED: 30,
  CLUSTER_AUTHORIZATION_FAILED: 31,
  UNSUPPORTED_SASL_MECHANISM: 33,
  UNSUPPORTED_VERSION: 35,
  TOPIC_ALREADY_EXISTS: 36,
  OUT_OF_ORDER_SEQUENCE_NUMBER: 45,
  DUPLICATE_SEQUENCE_NUMBER: 46,
  INVALID_PRODUCER_EPOCH: 47,
  INVALID_PRODUCER_ID_MAPPING: 49,
  SASL_AUTHENTICATION_FAILED: 58,
  UNKNOWN_PRODUCER_ID: 59,
  MEMBER_ID_REQUIRED: 79,
  INVALID_RECORD: 87,
} as const

/** No answer came: not connected, connection lost, or too late. */
export const NO_ANSWER = -2

/** A request that failed, by either client: the broker's code, or {@link NO_ANSWER}. */
export class KafkaRequestError extends Error {
  override readonly name = 'KafkaRequestError'

  constructor(
    readonly kafkaCode: number,
    message: string,
    options?: ErrorOptions & { readonly memberId?: string | undefined },
  ) {
    super(message, options)
    this.memberId = options?.memberId
  }

  /** Name that a group's coordinator gave the member, with MEMBER_ID_REQUIRED. */
  readonly memberId: string | undefined
}

/** The broker refuses a record for its own sake, mostly its size: appending it again is of no use. */
export class RecordRefusedError extends Error {
  readonly code = 'RECORD_REFUSED'
  readonly retryable = false
}

const REFUSALS: ReadonlySet<number> = new Set([
  CODES.MESSAGE_TOO_LARGE,
  CODES.RECORD_LIST_TOO_LARGE,
  CODES.INVALID_RECORD,
])

/** True when the fault lies in the records, and not in the state of the cluster. */
export function isRefusal(error: unknown): boolean {
  return error instanceof KafkaRequestError && REFUSALS.has(error.kafkaCode)
}

const HOPELESS: ReadonlySet<number> = new Set([
  CODES.TOPIC_AUTHORIZATION_FAILED,
  CODES.GROUP_AUTHORIZATION_FAILED,
  CODES.CLUSTER_AUTHORIZATION_FAILED,
  CODES.UNSUPPORTED_SASL_MECHANISM,
  CODES.UNSUPPORTED_VERSION,
  CODES.SASL_AUTHENTICATION_FAILED,
])

/** True when the same request may succeed within moments: a leader moves, a broker comes back. */
export function passesSoon(error: unknown): boolean {
  return error instanceof KafkaRequestError && !HOPELESS.has(error.kafkaCode)
}

/** The producer's numbering is not what the broker remembers: it takes a new identity to go on. */
export function lostIdentity(code: number): boolean {
  return (
    code === CODES.OUT_OF_ORDER_SEQUENCE_NUMBER ||
    code === CODES.INVALID_PRODUCER_EPOCH ||
    code === CODES.INVALID_PRODUCER_ID_MAPPING ||
    code === CODES.UNKNOWN_PRODUCER_ID
  )
}

export function hasCode(error: unknown, ...codes: readonly number[]): boolean {
  return error instanceof KafkaRequestError && codes.includes(error.kafkaCode)
}
