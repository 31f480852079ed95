export interface CheckResult {
  readonly ok: boolean
  /** Why not, or what is worth knowing; shown to operators. */
  readonly detail?: string
}

export type Check = () => CheckResult | Promise<CheckResult>

export interface HealthReport {
  readonly ok: boolean
  readonly checks: Readonly<Record<string, CheckResult>>
}

const LIMIT_MS = 2000

/**
 * Named checks. `live`: the process works at all; when it fails, restart it. `ready`: it can serve; when it
 * fails, send no requests. A check that throws or takes longer than 2 s has failed.
 */
export class HealthRegistry {
  readonly #live = new Map<string, Check>()
  readonly #ready = new Map<string, Check>()
  #stopping = false

  addLive(name: string, check: Check): void {
    this.#live.set(name, check)
  }

  addReady(name: string, check: Check): void {
    this.#ready.set(name, check)
  }

  /** From now on not ready: requests should go elsewhere. */
  stopping(): void {
    this.#stopping = true
  }

  live(): Promise<HealthReport> {
    return report(this.#live)
  }

  async ready(): Promise<HealthReport> {
    const { ok, checks } = await report(this.#ready)
    if (!this.#stopping) return { ok, checks }
    return { ok: false, checks: { ...checks, process: { ok: false, detail: 'stopping' } } }
  }
}

async function report(named: ReadonlyMap<string, Check>): Promise<HealthReport> {
  const results = await Promise.all([...named].map(async ([name, check]) => [name, await run(check)] as const))
  return { ok: results.every(([, result]) => result.ok), checks: Object.fromEntries(results) }
}

async function run(check: Check): Promise<CheckResult> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<CheckResult>((resolve) => {
    timer = setTimeout(() => resolve({ ok: false, detail: `no answer within ${LIMIT_MS} ms` }), LIMIT_MS)
  })
  try {
    return await Promise.race([Promise.resolve().then(check), late])
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : String(error) }
  } finally {
    clearTimeout(timer)
  }
}
