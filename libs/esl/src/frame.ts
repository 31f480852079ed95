/** One message of the Event Socket protocol: a block of headers and, by Content-Length, a body. */
export interface EslFrame {
  /** `Content-Type`, '' when the block had none. */
  readonly contentType: string
  /** Headers as sent, names as written; of a repeated header the last. */
  readonly headers: ReadonlyMap<string, string>
  /** A view into the receive buffer: copy it to keep it beyond the callback. */
  readonly body: Buffer
}
