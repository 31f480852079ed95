import type { Metrics } from '@trunkline/runtime'

const SECTIONS = ['directory', 'dialplan', 'configuration', 'phrases', 'chatplan'] as const
/** `found`: a document of ours. `unavailable`: a store is away or slow. `failed`: a fault of ours. */
export type XmlCurlResult = 'found' | 'not_found' | 'unavailable' | 'failed' | 'unauthorized'

export interface XmlCurlMetrics {
  count(section: string | undefined, result: XmlCurlResult): void
  /** s */
  took(seconds: number): void
}

/** Sections are a closed set, whatever comes over the wire. */
export function xmlCurlMetrics(metrics: Metrics | undefined): XmlCurlMetrics {
  const requests = metrics?.counter({
    name: 'xml_curl_requests_total',
    help: 'Requests of FreeSWITCH for XML, by section and by what was answered',
    labels: ['section', 'result'],
  })
  const seconds = metrics?.histogram({
    name: 'xml_curl_seconds',
    help: 'Time to answer a request of FreeSWITCH for XML',
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
  })
  return {
    count(section, result) {
      requests?.inc({ section: SECTIONS.find((known) => known === section) ?? 'other', result })
    },
    took(time) {
      seconds?.observe(time)
    },
  }
}
