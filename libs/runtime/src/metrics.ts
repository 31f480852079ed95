import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'

/** Label values must come from closed sets (view, stream, reason code …): never from the wire. */
export interface MetricText {
  readonly name: string
  readonly help: string
  readonly labels?: readonly string[]
}

/** The process's Prometheus metrics. Names begin with `trunkline_`; asking twice for a name gives the same metric. */
export class Metrics {
  readonly registry = new Registry()

  constructor({ defaults = true }: { readonly defaults?: boolean } = {}) {
    if (defaults) collectDefaultMetrics({ register: this.registry })
  }

  counter({ name, help, labels = [] }: MetricText): Counter {
    const known = this.registry.getSingleMetric(`trunkline_${name}`)
    if (known instanceof Counter) return known
    return new Counter({ name: `trunkline_${name}`, help, labelNames: [...labels], registers: [this.registry] })
  }

  /** `collect` is called at each scrape. */
  gauge({ name, help, labels = [] }: MetricText, collect?: (gauge: Gauge) => void | Promise<void>): Gauge {
    const known = this.registry.getSingleMetric(`trunkline_${name}`)
    if (known instanceof Gauge) return known
    const own: { collect?: (this: Gauge) => void | Promise<void> } =
      collect === undefined
        ? {}
        : {
            collect() {
              return collect(this)
            },
          }
    return new Gauge({ name: `trunkline_${name}`, help, labelNames: [...labels], registers: [this.registry], ...own })
  }

  histogram({ name, help, labels = [], buckets }: MetricText & { readonly buckets: readonly number[] }): Histogram {
    const known = this.registry.getSingleMetric(`trunkline_${name}`)
    if (known instanceof Histogram) return known
    return new Histogram({
      name: `trunkline_${name}`,
      help,
      labelNames: [...labels],
      buckets: [...buckets],
      registers: [this.registry],
    })
  }

  /** The text of `/metrics`, and its content type. */
  async scrape(): Promise<{ readonly contentType: string; readonly body: string }> {
    return { contentType: this.registry.contentType, body: await this.registry.metrics() }
  }
}
