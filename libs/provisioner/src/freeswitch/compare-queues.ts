/** Queues and tiers that a switch has loaded, against those that are wanted; everything else it asks us for each time. */
import type { Thing, Things } from '@trunkline/provisioning-views'
import type { Drift, ReconcilePlaces } from '../reactor/target.js'
import { nameOfAgent, nameOfQueue } from './agents.js'
import type { EslLink } from './esl-link.js'
import { word } from './switch-commands.js'

interface Comparing {
  readonly link: Pick<EslLink, 'api'>
  readonly things: Things
  readonly places: ReconcilePlaces
  readonly place: string
}

export async function compareQueues({ link, things, places, place }: Comparing): Promise<Drift[]> {
  const loaded = new Set(rowsOf(await link.api('callcenter_config queue list')).map(({ name }) => name ?? ''))
  const tiers = tiersOf(await link.api('callcenter_config tier list'))
  const count = { missing: 0, surplus: 0, different: 0, foreign: 0 }
  for (let after = ''; ;) {
    places.signal.throwIfAborted()
    const page = await things.list('call_queue', { after, limit: 200 })
    if (page.length === 0) break
    after = page.at(-1)!.id
    const suspects: Thing<'call_queue'>[] = []
    for (const queue of page) {
      const name = nameOfQueue(queue)
      const isLoaded = loaded.delete(name)
      if (!isLoaded || !isSame(await wantedTiers(queue, things), tiers.get(name) ?? new Set())) suspects.push(queue)
      if (!isLoaded) tiers.delete(name)
    }
    const drift = (await places.settledAmong(suspects)) as Thing<'call_queue'>[]
    count.missing += drift.filter((queue) => !tiers.has(nameOfQueue(queue))).length
    count.different += drift.filter((queue) => tiers.has(nameOfQueue(queue))).length
    await places.again(drift, 'differed from what is wanted')
  }
  for (const name of loaded) {
    if (!(await isOfTenant(name, things))) count.foreign += 1
    else {
      count.surplus += 1
      await link.api(`callcenter_config queue unload ${word(name)}`)
    }
  }
  return [{ table: 'callcenter', place, ...count }]
}

/** `agent level position` of each. */
async function wantedTiers({ document }: Thing<'call_queue'>, things: Things): Promise<Set<string>> {
  const users = await things.getMany(
    'sip_user',
    document.agents.map(({ userId }) => userId),
  )
  const names = new Map(users.filter(({ status }) => status === 'active').map((user) => [user.id, nameOfAgent(user)]))
  return new Set(
    document.agents.flatMap(({ userId, tier, position }) => {
      const name = names.get(userId)
      return name === undefined ? [] : [`${name} ${tier - 1} ${position}`]
    }),
  )
}

function tiersOf(answer: string): Map<string, Set<string>> {
  const tiers = new Map<string, Set<string>>()
  for (const { queue = '', agent, level, position } of rowsOf(answer)) {
    tiers.set(queue, (tiers.get(queue) ?? new Set()).add(`${agent} ${level} ${position}`))
  }
  return tiers
}

const isSame = (a: ReadonlySet<string>, b: ReadonlySet<string>) =>
  a.size === b.size && [...a].every((one) => b.has(one))

/** Of queues that nothing wants, those of domains in which users are provisioned are ours. */
async function isOfTenant(name: string, things: Things): Promise<boolean> {
  const tenant = name.slice(name.lastIndexOf('@') + 1)
  if (!name.includes('@')) return false
  return (await things.list('sip_user', { tenant, limit: 1 })).length > 0
}

/** Lines of columns parted by `|`, the first with their names, the last `+OK`. */
export function rowsOf(answer: string): Readonly<Record<string, string>>[] {
  const [head = '', ...lines] = answer.trim().split('\n')
  const names = head.split('|')
  if (names.length < 2) return []
  return lines
    .filter((line) => line.includes('|'))
    .map((line) => Object.fromEntries(line.split('|').map((value, i) => [names[i] ?? '', value])))
}
