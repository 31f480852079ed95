/** Alerts and dashboards ask only for metrics that the code has: otherwise they would be silent for ever. */
import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { Metrics } from '@trunkline/runtime'
import { parse } from 'yaml'
import { composeFile } from './compose-file.js'

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string; readonly action: string }
}
interface Dashboard {
  readonly uid: string
  readonly panels: ReadonlyArray<{
    readonly id: number
    readonly title: string
    readonly gridPos: { readonly x: number; readonly w: number }
    readonly targets: ReadonlyArray<{ readonly expr: string; readonly datasource: { readonly uid: string } }>
  }>
}

const yaml = (file: string): unknown => parse(readFileSync(file, 'utf8'))
const { groups } = yaml('infra/prometheus/rules.yml') as { groups: ReadonlyArray<{ readonly rules: readonly Rule[] }> }
const rules = groups.flatMap(({ rules }) => rules)
const dashboards = globSync('infra/grafana/dashboards/*.json').map(
  (file) => JSON.parse(readFileSync(file, 'utf8')) as Dashboard,
)
const expressions = [
  ...rules.map(({ alert, expr }) => ({ where: alert, expr })),
  ...dashboards.flatMap(({ uid, panels }) =>
    panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ where: `${uid}: ${title}`, expr }))),
  ),
]

/** Names that the code declares (`name: '…', help: …`), and those that every Node process has. */
async function metricsOfTheCode(): Promise<Set<string>> {
  const sources = globSync('{apps,libs}/*/src/**/*.ts').filter((file) => !file.includes('.spec.'))
  const own = sources.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/name: '([a-z_]+)',\s*help: /g)].map((match) => `trunkline_${match[1]}`),
  )
  const { body } = await new Metrics().scrape()
  const common = [...body.matchAll(/^# TYPE (\w+)/gm)].map((match) => match[1]!)
  return new Set([...own, ...common, 'up'])
}

const metricsIn = (expr: string) =>
  [...expr.replace(/\{[^}]*\}/g, '').matchAll(/\b((?:trunkline|process|nodejs)_\w+|up)\b/g)].map((match) => match[1]!)

describe('infra/prometheus and infra/grafana', () => {
  it('ask only for metrics that exist', async () => {
    const known = await metricsOfTheCode()
    expect([...known].filter((name) => name.startsWith('trunkline_')).length).toBeGreaterThan(8)
    const exists = (name: string) => known.has(name) || known.has(name.replace(/_(bucket|sum|count)$/, ''))
    for (const { where, expr } of expressions) {
      expect({ where, unknown: metricsIn(expr).filter((name) => !exists(name)) }).toEqual({ where, unknown: [] })
      expect(metricsIn(expr)).not.toEqual([])
    }
  })

  it('say of each alert how bad it is and what to do', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length)
    for (const { labels, annotations } of rules) {
      expect(labels.severity).toMatch(/^(page|ticket)$/)
      expect(annotations.summary.length).toBeGreaterThan(10)
      expect(annotations.action.length).toBeGreaterThan(10)
    }
  })

  it('have a test for every alert that wakes somebody', () => {
    const tested = readFileSync('infra/prometheus/rules.test.yml', 'utf8')
    for (const { alert, labels } of rules) {
      if (labels.severity === 'page') expect(tested).toContain(`alertname: ${alert}\n        exp_alerts:`)
    }
  })

  it('scrape every app of the stack, and name no other', () => {
    const { scrape_configs } = yaml('infra/prometheus/prometheus.yml') as {
      scrape_configs: ReadonlyArray<{ dns_sd_configs?: ReadonlyArray<{ names: string[]; port: number }> }>
    }
    const [{ names, port }] = scrape_configs[0]!.dns_sd_configs! as [{ names: string[]; port: number }]
    const apps = Object.entries(composeFile('compose.yaml').services)
      .filter(([, { image }]) => image?.startsWith('trunkline:'))
      .map(([name]) => name)
    expect(names.sort()).toEqual(apps.sort())
    expect(port).toBe(4000)
    const mentioned = expressions.flatMap(({ expr }) => [...expr.matchAll(/app="([^"]+)"/g)].map((match) => match[1]!))
    expect(mentioned.filter((name) => !apps.includes(name))).toEqual([])
  })

  it('draw from the source that is provisioned, on a grid of 24, each panel once', () => {
    const { datasources } = yaml('infra/grafana/provisioning/datasources/prometheus.yaml') as {
      datasources: ReadonlyArray<{ uid: string; url: string }>
    }
    expect(datasources[0]).toMatchObject({ url: 'http://prometheus:9090' })
    expect(dashboards.length).toBeGreaterThan(1)
    for (const { panels } of dashboards) {
      expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
      for (const { gridPos, targets } of panels) {
        expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24)
        for (const { datasource } of targets) expect(datasource.uid).toBe(datasources[0]!.uid)
      }
    }
  })
})
