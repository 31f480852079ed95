import { provisioningStream } from '@trunkline/domain'
import type { Thing } from '@trunkline/provisioning-views'
import { HOLD_MUSIC } from '../globals.js'
import { atName, fromAtName } from '../names.js'
import type { Answering } from '../parts.js'
import { listAll } from '../list-all.js'
import { fieldOf, type XmlCurlFields } from '../request.js'
import { AppData, appData } from '../xml/app-data.js'
import { element, param, params, type Element } from '../xml/element.js'
import { agentElement, tierElement, type Agent } from './callcenter-agents.js'

const RECORDING = new AppData('$${recordings_dir}/${strftime(%Y/%m/%d)}/${uuid}.wav')

/**
 * Queues with their agents: all of them when the module is loaded, one queue (`CC-Queue`) or what one agent serves
 * (`CC-Agent`) when that is loaded or reloaded. Undefined for queues and agents that are not ours.
 */
export async function callcenterConf(parts: Answering, fields: XmlCurlFields): Promise<readonly Element[] | undefined> {
  const queues = await askedQueues(parts, fields)
  if (queues === undefined) return undefined
  const agents = await agentsOf(parts, queues, one(fields, 'CC-Agent'))
  // an agent is the same whatever queue they are loaded with
  const isOneQueue = one(fields, 'CC-Queue') !== undefined
  const whole = isOneQueue ? await Promise.all(agents.map(({ user }) => withAllQueues(parts, user))) : agents
  return [
    element('settings', {}, [param('agent-originate-timeout', 300)]),
    element('queues', {}, queues.map(queueElement)),
    element('agents', {}, whole.map(agentElement)),
    element(
      'tiers',
      {},
      agents.flatMap(({ user, serves }) => serves.map((queue) => tierElement(user, queue))),
    ),
  ]
}

/** A name that was asked for; `all` asks for no one in particular. */
function one(fields: XmlCurlFields, name: string): string | undefined {
  const value = fieldOf(fields, name)
  return value === 'all' ? undefined : value
}

async function askedQueues({ things }: Answering, fields: XmlCurlFields): Promise<Thing<'call_queue'>[] | undefined> {
  const [queueName, agentName] = [one(fields, 'CC-Queue'), one(fields, 'CC-Agent')]
  if (queueName !== undefined) {
    const named = fromAtName(queueName)
    const queue = named === undefined ? undefined : await things.byName(named.tenant, named.number)
    return queue?.kind === 'call_queue' && queue.status === 'active' ? [queue] : undefined
  }
  if (agentName !== undefined) {
    const named = fromAtName(agentName)
    const user = named === undefined ? undefined : await things.byName(named.tenant, named.number)
    if (user?.kind !== 'sip_user' || user.status !== 'active') return undefined
    const { serves } = await withAllQueues({ things }, user)
    return serves.length === 0 ? undefined : [...serves]
  }
  const all = await listAll(things, 'call_queue')
  return all.length === 0 ? undefined : all.filter(({ status }) => status === 'active')
}

async function withAllQueues({ things }: Pick<Answering, 'things'>, user: Thing<'sip_user'>): Promise<Agent> {
  const ofQueue = provisioningStream.callQueue('')
  const streams = (await things.usersOf('sip_user', user.id)).filter((stream) => stream.startsWith(ofQueue))
  const queues = await things.getMany(
    'call_queue',
    streams.map((stream) => stream.slice(ofQueue.length)),
  )
  return { user, serves: queues.filter(({ status, tenant }) => status === 'active' && tenant === user.tenant) }
}

/** Users that serve these queues, each with the queues; suspended and removed ones serve none. */
async function agentsOf(
  { things }: Answering,
  queues: readonly Thing<'call_queue'>[],
  only: string | undefined,
): Promise<Agent[]> {
  const ids = new Set(queues.flatMap(({ document }) => document.agents.map(({ userId }) => userId)))
  const users = (await things.getMany('sip_user', [...ids])).sort((a, b) => (a.name < b.name ? -1 : 1))
  return users.flatMap((user) => {
    const name = atName({ number: user.document.username, tenant: user.tenant })
    if (user.status !== 'active' || (only !== undefined && only !== name)) return []
    const serves = queues.filter(
      ({ tenant, document }) => tenant === user.tenant && document.agents.some(({ userId }) => userId === user.id),
    )
    return serves.length === 0 ? [] : [{ user, serves }]
  })
}

function queueElement({ tenant, document: { number, settings } }: Thing<'call_queue'>): Element {
  const { tierWaitSeconds, abandonedResumeSeconds } = settings
  const values = {
    strategy: settings.strategy,
    'moh-sound': settings.music === '' ? HOLD_MUSIC : appData`local_stream://${settings.music}`,
    'record-template': settings.recording ? RECORDING : undefined,
    'time-base-score': 'system',
    'max-wait-time': settings.maxWaitSeconds ?? 0,
    'max-wait-time-with-no-agent': settings.maxWaitWithNoAgentSeconds ?? 0,
    'max-wait-time-with-no-agent-time-reached': 5,
    'tier-rules-apply': tierWaitSeconds > 0,
    'tier-rule-wait-second': tierWaitSeconds,
    'tier-rule-wait-multiply-level': true,
    'tier-rule-no-agent-no-wait': true,
    'discard-abandoned-after': abandonedResumeSeconds ?? 60,
    'abandoned-resume-allowed': abandonedResumeSeconds !== null,
  }
  return element('queue', { name: atName({ number, tenant }) }, params(values))
}
