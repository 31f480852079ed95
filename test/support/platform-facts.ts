/** Facts of a platform of several switches whose calls and users meet: for projectors that share the work. */
import type { Fact } from '@trunkline/domain'
import { factsOf } from './capture.js'
import { kamailioFacts } from './kamailio-capture.js'

export const PLATFORM_SCENARIOS = [
  'o-attended-transfer',
  'l-ring-group-simultaneous',
  'v-park-retrieve',
  'y-fifo',
  'x3-queue-reject-then-answer',
  'kk-supervisor',
  'w-recorded-call',
  'jj-single-leg',
]

/** The facts as another switch would tell them: own channels, core and Call-IDs; the same users. */
export function asSwitch(facts: readonly Fact[], name: string, number: number): Fact[] {
  const tag = number.toString(16).padStart(4, '0')
  const text = JSON.stringify(facts).replace(/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-)[0-9a-f]{4}/g, `$1${tag}`)
  return (JSON.parse(text) as Fact[]).map((fact) => ({ ...fact, key: name }) as Fact)
}

/** Dialogs of a proxy in front: one for each leg that these switches have, told with their SIP Call-IDs. */
export function dialogsFor(facts: readonly Fact[], proxy: string): Fact[] {
  const seen = new Map<string, { from: number; to: number }>()
  for (const fact of facts) {
    const vars = (fact.data as { vars?: Record<string, unknown> }).vars
    const callId = vars?.['sip_call_id']
    if (typeof callId !== 'string') continue
    const known = seen.get(callId)
    seen.set(callId, { from: Math.min(known?.from ?? fact.time, fact.time), to: Math.max(known?.to ?? 0, fact.time) })
  }
  let seq = 0
  return [...seen].flatMap(([callId, { from, to }]) =>
    (['started', 'answered', 'ended'] as const).map((what, index) => {
      seq += 1
      const data = {
        core: 'boot7',
        seq,
        dialog: `1:${callId}`,
        callId,
        from: '1001@example.org',
        to: '1002@example.org',
      }
      const time = [from - 1000, from + 1000, to + 1000][index]!
      const by = what === 'ended' ? { by: 'caller' } : {}
      return {
        id: `boot7/${seq}`,
        type: `dialog.${what}`,
        version: 1,
        key: proxy,
        time,
        data: { ...data, ...by },
      } as Fact
    }),
  )
}

/** Contacts of the same users, now on this switch and now on that one. */
function registrations(name: string, number: number): Fact[] {
  const t0 = 1_795_232_000_000_000
  const facts: Fact[] = []
  for (let step = 0; step < 40; step++) {
    const seq = number * 1000 + step
    const type = `registration.${['added', 'refreshed', 'removed', 'added', 'expired'][(step * (number + 2)) % 5]}`
    const time = t0 + (step * 7 + number * 3) * 1_000_000
    const contact = step % 3
    const data = {
      core: `boot${number}`,
      seq,
      aor: `user${step % 4}@example.org`,
      contactId: `${name}-c${contact}`,
      contact: `sip:c${contact}@10.0.0.${number}`,
      expiresAt: time + (20 + (step % 5) * 30) * 1_000_000,
    }
    facts.push({ id: `reg/${name}/${seq}`, type, version: 1, key: name, time, data } as Fact)
  }
  return facts
}

/** A list of channels that names none: what is open is missing from then on. */
function emptyList(name: string, time: number, core: string): Fact {
  return {
    id: `listener/x/${name}/${time}`,
    type: 'switch.snapshot',
    version: 1,
    key: name,
    time,
    data: { core, listener: 'x', reason: 'periodic', absent: [], channels: [] },
  } as Fact
}

/** In turns, a few of each: so that the calls of all are open at once. */
function riffled(hands: readonly (readonly Fact[])[]): Fact[] {
  const left = hands.map((hand) => [...hand])
  const facts: Fact[] = []
  while (left.some((hand) => hand.length > 0)) for (const hand of left) facts.push(...hand.splice(0, 4))
  return facts
}

/** Facts of three switches and two proxies, by switch, in the order in which each tells them. */
export function platformFacts(scenarios: readonly string[] = PLATFORM_SCENARIOS): Map<string, Fact[]> {
  const once = riffled(scenarios.map(factsOf))
  const bySwitch = new Map<string, Fact[]>()
  for (const [number, name] of ['pbx1', 'pbx2', 'pbx3'].entries()) {
    const facts = asSwitch(once, name, number + 1)
    const middle = facts[facts.length >> 1]!
    const core = (middle.data as { core?: string }).core ?? ''
    facts.splice(facts.length >> 1, 0, emptyList(name, middle.time, core))
    bySwitch.set(name, riffled([facts, registrations(name, number + 1)]))
  }
  const behindProxy = [...bySwitch.get('pbx1')!, ...bySwitch.get('pbx2')!.slice(0, 400)]
  bySwitch.set('sbc1', riffled([kamailioFacts(), dialogsFor(behindProxy, 'sbc1'), registrations('sbc1', 4)]))
  bySwitch.set('sbc2', dialogsFor(bySwitch.get('pbx3')!, 'sbc2'))
  return bySwitch
}
