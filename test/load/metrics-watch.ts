/** What the apps' own metrics say while load is on: lag, spool, facts. */
export interface MetricsSeen {
  /** Most records that one projection was behind in one partition. */
  readonly mostLag: number
  readonly lastLag: number
  readonly mostSpoolBytes: number
  /** Facts that projectors applied; those between the last look and a kill are not in it. */
  readonly facts: number
}

const EVERY_MS = 500

export class MetricsWatch {
  #timer: NodeJS.Timeout | undefined
  #facts = 0
  #mostLag = 0
  #lastLag = 0
  #mostSpool = 0
  readonly #factsOf = new Map<string, number>()
  #looking = false

  constructor(private readonly urls: () => readonly string[]) {}

  async start(): Promise<void> {
    await this.#look()
    this.#facts = 0
    this.#timer = setInterval(() => void this.#look(), EVERY_MS)
  }

  async stop(): Promise<MetricsSeen> {
    clearInterval(this.#timer)
    while (this.#looking) await new Promise((resolve) => setTimeout(resolve, 10))
    await this.#look()
    return { mostLag: this.#mostLag, lastLag: this.#lastLag, mostSpoolBytes: this.#mostSpool, facts: this.#facts }
  }

  async #look(): Promise<void> {
    if (this.#looking) return
    this.#looking = true
    const texts = await Promise.all(this.urls().map(async (url) => ({ url, text: await scrape(url) })))
    let lag = 0
    let spool = 0
    for (const { url, text } of texts) {
      lag = Math.max(lag, ...valuesOf(text, 'trunkline_projector_lag_records'))
      spool += valuesOf(text, 'trunkline_listener_spooled_bytes').reduce((a, b) => a + b, 0)
      const [facts] = valuesOf(text, 'trunkline_projector_records_total')
      if (facts === undefined) continue
      // a process that was started again counts from 0, at another address
      this.#facts += Math.max(0, facts - (this.#factsOf.get(url) ?? 0))
      this.#factsOf.set(url, facts)
    }
    this.#lastLag = lag
    this.#mostLag = Math.max(this.#mostLag, lag)
    this.#mostSpool = Math.max(this.#mostSpool, spool)
    this.#looking = false
  }
}

/** Nothing when the process is away. */
async function scrape(url: string): Promise<string> {
  try {
    return await (await fetch(url, { signal: AbortSignal.timeout(2000) })).text()
  } catch {
    return ''
  }
}

function valuesOf(text: string, name: string): number[] {
  return [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))].map(([, value]) => Number(value))
}
