import { judge, type Judgement } from './judge.js'
import { USUAL_ROLES, type Fault, type Outcome } from './fault.js'
import type { Servers } from './servers.js'
import { Site } from './site.js'

export interface FaultRun {
  readonly servers: Servers
  /** Folder of the captures that last as long as the fault wants. */
  readonly captures: string
  readonly random: () => number
}

/** Makes one fault on a deployment of its own, heals it, waits until all is quiet, and judges. Never rejects. */
export async function runFault(fault: Fault, run: FaultRun): Promise<Outcome> {
  const startedMs = performance.now()
  let durationMs = 0
  let inFlight = 0
  let site: Site | undefined
  let judgement: Judgement
  try {
    const env = await fault.env?.()
    site = await Site.open({
      ...run,
      roles: fault.roles ?? USUAL_ROLES,
      wired: new Set(fault.wired),
      ...(fault.wiredRoles === undefined ? {} : { wiredRoles: fault.wiredRoles }),
      ...(env === undefined ? {} : { env }),
    })
    await site.pause(500, 2000)
    const [fromMs, before] = [performance.now(), site.heard]
    const look = await fault.make(site)
    durationMs = performance.now() - fromMs
    inFlight = site.heard - before
    await site.settle()
    const wrong = (await look?.()) ?? []
    const judged = await judge(site, fault.deafens)
    judgement = { ...judged, differences: [...wrong, ...judged.differences] }
  } catch (error) {
    judgement = { lost: 0, doubled: 0, differences: [(error as Error).message] }
  } finally {
    await site?.close()
    await run.servers.heal()
  }
  const ok = judgement.lost === 0 && judgement.doubled === 0 && judgement.differences.length === 0
  return { name: fault.name, durationMs, inFlight, ok, tookMs: performance.now() - startedMs, ...judgement }
}
