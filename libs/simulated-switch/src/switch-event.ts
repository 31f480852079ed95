import { plainFrame } from './event-plain.js'
import { parseHeaders, summarize, type EventHeaders, type EventSummary } from './event-summary.js'
import type { CapturedEvent } from './read-capture.js'

/** An event on its way to the clients; other forms than JSON are made once and only when somebody asks. */
export class SwitchEvent {
  readonly summary: EventSummary
  readonly json: Buffer
  readonly #body: Buffer
  #headers: EventHeaders | undefined
  #plain: Buffer | undefined

  private constructor(json: Buffer, body: Buffer, known: { summary: EventSummary; headers?: EventHeaders }) {
    this.json = json
    this.#body = body
    this.summary = known.summary
    this.#headers = known.headers
  }

  /** The very bytes of the capture. */
  static verbatim(event: CapturedEvent): SwitchEvent {
    return new SwitchEvent(event.frame, event.body, { summary: event.summary })
  }

  /** A new frame around a JSON body. */
  static of(body: Buffer): SwitchEvent {
    const headers = parseHeaders(body)
    const head = Buffer.from(`Content-Length: ${body.length}\nContent-Type: text/event-json\n\n`)
    return new SwitchEvent(Buffer.concat([head, body]), body, { summary: summarize(headers), headers })
  }

  get headers(): EventHeaders {
    return (this.#headers ??= parseHeaders(this.#body))
  }

  get plain(): Buffer {
    return (this.#plain ??= plainFrame(this.#body))
  }
}
