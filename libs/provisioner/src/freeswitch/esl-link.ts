import { connectEsl, EslError, safeCommand, type EslAddress, type EslConnection } from '@trunkline/esl'
import { TargetAwayError } from '../reactor/target.js'

const CONNECT_MS = 5000
const REPLY_MS = 10_000

/** An inbound connection of our own to one switch, made when it is needed and made anew when it is lost. */
export class EslLink {
  readonly #name: string
  readonly #address: EslAddress
  #connection: EslConnection | undefined

  constructor(name: string, address: EslAddress) {
    this.#name = name
    this.#address = address
  }

  get isOpen(): boolean {
    return this.#connection?.isOpen ?? false
  }

  /** Runs an API command; gives its whole answer. Throws {@link TargetAwayError}. */
  async api(command: string): Promise<string> {
    safeCommand(command)
    try {
      return await (await this.#open()).api(command)
    } catch (error) {
      // a wrong password too: the operator mends that, and no thing is at fault
      if (error instanceof EslError) throw new TargetAwayError(`${this.#name}: ${error.message}`)
      throw error
    }
  }

  async close(): Promise<void> {
    const connection = this.#connection
    connection?.close()
    await connection?.ended()
  }

  async #open(): Promise<EslConnection> {
    if (this.#connection?.isOpen) return this.#connection
    // events are the listener's business
    const handlers = { onEvent: () => undefined }
    this.#connection = await connectEsl(this.#address, handlers, { timeoutMs: CONNECT_MS, replyMs: REPLY_MS })
    return this.#connection
  }
}
