import { News } from './news.js'
import { untilFree } from './sqlite-errors.js'
import { StreamFile, type EncodedRecord, type Retention } from './stream-file.js'

export interface OpenStreamOptions {
  readonly path: string
  readonly partitions: number
  readonly busyMs: number
  readonly now: () => number
  readonly retention: Retention
}

interface Waiting {
  readonly records: readonly EncodedRecord[]
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Most records that share one commit. */
const GROUP_RECORDS = 5000

/**
 * A stream in use: joins appends that arrive together into one commit (one disk flush for all), and tells
 * readers of news, at once for appends of this process, by polling for those of others.
 */
export class OpenStream {
  readonly file: StreamFile
  readonly #options: OpenStreamOptions
  #queue: Waiting[] = []
  #writing: Promise<void> | undefined
  readonly #news: News

  constructor(stream: string, options: OpenStreamOptions) {
    this.#options = options
    this.file = new StreamFile(stream, options.path, options.partitions)
    this.#news = new News(() => this.file.dataVersion())
  }

  append(records: readonly EncodedRecord[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ records, resolve, reject })
      this.#writing ??= this.#write()
    })
  }

  /** Resolves when nothing waits to be written. */
  async drained(): Promise<void> {
    await this.#writing
  }

  async #write(): Promise<void> {
    // One turn of the event loop, so that appends of the same moment share a commit.
    await new Promise<void>((resolve) => setImmediate(resolve))
    while (this.#queue.length > 0) {
      const group = this.#takeGroup()
      try {
        const records = group.length === 1 ? group[0]!.records : group.flatMap((waiting) => waiting.records)
        const { busyMs, now, retention } = this.#options
        await untilFree(busyMs, () => this.file.append(records, now(), retention))
        for (const waiting of group) waiting.resolve()
        this.#news.tell()
      } catch (error) {
        for (const waiting of group) waiting.reject(error)
      }
    }
    this.#writing = undefined
  }

  #takeGroup(): Waiting[] {
    let records = 0
    let count = 0
    while (count < this.#queue.length && (count === 0 || records < GROUP_RECORDS)) {
      records += this.#queue[count]!.records.length
      count += 1
    }
    return this.#queue.splice(0, count)
  }

  /** Resolves when a record newer than offset `after` may exist, when the signal aborts, or when the stream closes. */
  news(partition: number, after: number, signal: AbortSignal): Promise<void> {
    return this.#news.wait(() => this.file.newest(partition) > after, signal)
  }

  close(): void {
    this.#news.close()
    this.file.close()
  }
}
