export type KamailioRpcErrorCode =
  /** No connection, or no answer in time: nobody knows whether the call took effect. */
  | 'KAMAILIO_UNREACHABLE'
  /** The address answered, but not with JSON-RPC: a proxy, a wrong port, a refusal by source address. */
  | 'KAMAILIO_REFUSED'
  /** Kamailio itself said no; `rpcCode` and the message are its own. */
  | 'KAMAILIO_RPC_FAILED'
  /** The call never left: a method that is not on the list, or a parameter that could break out of its place. */
  | 'KAMAILIO_BAD_CALL'

const RETRYABLE: ReadonlySet<KamailioRpcErrorCode> = new Set(['KAMAILIO_UNREACHABLE'])

/** Why a call by JSON-RPC did not succeed. */
export class KamailioRpcError extends Error {
  readonly retryable: boolean

  constructor(
    readonly code: KamailioRpcErrorCode,
    message: string,
    readonly rpcCode?: number,
  ) {
    super(message)
    this.retryable = RETRYABLE.has(code)
  }
}
