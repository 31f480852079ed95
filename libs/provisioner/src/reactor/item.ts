import type { Row, Value } from '@trunkline/ports'
import type { ThingKind } from '@trunkline/provisioning-views'

export type ItemState = 'pending' | 'applied' | 'failed'

/** What a target must remember of a thing: never a secret, since it is kept in clear. */
export type Memory = Readonly<Record<string, string | number | boolean | null | readonly string[]>>

/** How far one thing has come at one target. Times are ms since 1970-01-01 UTC. */
export interface Item {
  readonly target: string
  readonly kind: ThingKind
  readonly id: string
  readonly tenant: string
  readonly name: string
  readonly wantedRevision: number
  /** Null until it was applied once. */
  readonly appliedRevision: number | null
  readonly state: ItemState
  readonly reason: string | null
  readonly attempts: number
  readonly nextAttemptAt: number
  readonly changedAt: number
  readonly position: string
  readonly memory: Memory
}

/** What came of an attempt. */
export type Outcome =
  | { readonly kind: 'applied'; readonly revision: number; readonly memory: Memory }
  /** Refused, for a reason that will hardly pass by itself. */
  | { readonly kind: 'failed'; readonly reason: string; readonly memory: Memory }
  /** Something is away, or the views are behind. */
  | { readonly kind: 'waits'; readonly reason: string; readonly memory: Memory; readonly delayMs: number }

const WAIT_MS = { first: 30_000, most: 600_000 }
const REASON_MAX = 500

/** The item after an attempt at it. */
export function settled(item: Item, outcome: Outcome, now: number): Item {
  const { memory } = outcome
  switch (outcome.kind) {
    case 'applied': {
      const isDone = outcome.revision >= item.wantedRevision
      const state = isDone ? 'applied' : 'pending'
      const done = { state, reason: null, attempts: 0, nextAttemptAt: 0, changedAt: now } as const
      return { ...item, ...done, appliedRevision: outcome.revision, memory }
    }
    case 'failed': {
      const wait = Math.min(WAIT_MS.most, WAIT_MS.first * 2 ** Math.min(item.attempts, 10))
      return { ...attempted(item, outcome.reason, now + wait), state: 'failed', changedAt: now, memory }
    }
    case 'waits':
      return { ...attempted(item, outcome.reason, now + outcome.delayMs), state: 'pending', memory }
  }
}

function attempted(item: Item, reason: string, nextAttemptAt: number): Item {
  return { ...item, reason: reason.slice(0, REASON_MAX), attempts: item.attempts + 1, nextAttemptAt }
}

export function itemOfRow(row: Readonly<Record<string, Value>>): Item {
  return {
    target: String(row['target']),
    kind: String(row['kind']) as ThingKind,
    id: String(row['id']),
    tenant: String(row['tenant']),
    name: String(row['name']),
    wantedRevision: Number(row['wanted_revision']),
    appliedRevision: row['applied_revision'] === null ? null : Number(row['applied_revision']),
    state: String(row['state']) as ItemState,
    reason: row['reason'] === null ? null : String(row['reason']),
    attempts: Number(row['attempts']),
    nextAttemptAt: Number(row['next_attempt_at']),
    changedAt: Number(row['changed_at']),
    position: String(row['position']),
    memory: row['memory'] === null ? {} : (JSON.parse(String(row['memory'])) as Memory),
  }
}

export function rowOfItem(item: Item): Row {
  return {
    target: item.target,
    kind: item.kind,
    id: item.id,
    tenant: item.tenant,
    name: item.name,
    wanted_revision: item.wantedRevision,
    applied_revision: item.appliedRevision,
    state: item.state,
    reason: item.reason,
    attempts: item.attempts,
    next_attempt_at: item.nextAttemptAt,
    changed_at: item.changedAt,
    position: item.position,
    memory: JSON.stringify(item.memory),
  }
}
