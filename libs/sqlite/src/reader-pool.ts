import { Connection } from './connection.js'

/** Most snapshots at a time; more wait their turn. */
const MOST_READERS = 8

/** Read connections, opened when needed and lent out one by one. */
export class ReaderPool {
  readonly #file: string
  readonly #free: Connection[] = []
  readonly #waiting: Array<(reader: Connection) => void> = []
  #open = 0
  #closed = false

  constructor(file: string) {
    this.#file = file
  }

  async use<T>(work: (reader: Connection) => Promise<T> | T): Promise<T> {
    const reader = this.#free.pop() ?? (await this.#another())
    try {
      return await work(reader)
    } finally {
      this.#giveBack(reader)
    }
  }

  async #another(): Promise<Connection> {
    if (this.#open >= MOST_READERS) return new Promise((resolve) => this.#waiting.push(resolve))
    const reader = new Connection({ file: this.#file, readOnly: true })
    this.#open += 1
    return reader
  }

  #giveBack(reader: Connection): void {
    const next = this.#waiting.shift()
    if (next !== undefined) next(reader)
    else if (this.#closed) this.#drop(reader)
    else this.#free.push(reader)
  }

  #drop(reader: Connection): void {
    this.#open -= 1
    reader.close()
  }

  /** Closes what is free now and the rest when it comes back. */
  close(): void {
    this.#closed = true
    for (const reader of this.#free.splice(0)) this.#drop(reader)
  }
}
