import type { KamailioEvent } from './kamailio-event.js'

/** Reads fields of one event; what is missing or of another kind is undefined. Several names: the first that is there. */
export class EventReader {
  readonly #event: KamailioEvent

  constructor(event: KamailioEvent) {
    this.#event = event
  }

  text(...names: readonly string[]): string | undefined {
    for (const name of names) {
      const value = this.#event.fields[name]
      if (value !== undefined && value !== '') return String(value)
    }
    return undefined
  }

  integer(...names: readonly string[]): number | undefined {
    const value = this.text(...names)
    return value !== undefined && /^-?\d{1,15}$/.test(value) ? Number(value) : undefined
  }

  /** ip:port that the request came from. */
  source(): string | undefined {
    const whole = this.text('src')
    if (whole !== undefined) return whole
    const address = this.text('src_ip')
    return address === undefined ? undefined : `${address}:${this.text('src_port') ?? ''}`
  }
}
