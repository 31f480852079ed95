/** What the API shows of provisioned things: neither secrets nor their ids; persons only sealed, for the loader to open. */
import type { MenuAction, RouteRule, Target } from '@trunkline/domain'
import type { Thing } from '@trunkline/provisioning-views'
import type { Database } from '../sql/database.js'

const US_PER_MS = 1000

const commonOf = ({ kind, id, tenant, status, revision, createdAt, updatedAt }: Thing) => ({
  kind,
  id,
  tenant,
  status,
  revision,
  createdAt,
  updatedAt,
})

export const sipUserNode = (thing: Thing<'sip_user'>) => {
  const { username, person, credential, limits, aliases, suspended } = thing.document
  const hasCredential = credential !== null
  return { ...commonOf(thing), username, sealed: person, hasCredential, limits, aliases, suspended }
}
export type SipUserNode = ReturnType<typeof sipUserNode>

export const trunkNode = (thing: Thing<'trunk'>) => {
  const { name, settings, auth, active } = thing.document
  const shown = auth === null ? null : { username: auth.username, realm: auth.realm }
  return { ...commonOf(thing), name, settings, auth: shown, active }
}
export type TrunkNode = ReturnType<typeof trunkNode>

export const phoneNumberNode = (thing: Thing<'number'>) => {
  const { number, target } = thing.document
  return { ...commonOf(thing), number, target: target && targetNode(target) }
}

export const routeSetNode = (thing: Thing<'route_set'>) => ({
  ...commonOf(thing),
  rules: thing.document.rules.map(routeNode),
})

export const blockedCallerNode = (thing: Thing<'blocked_caller'>) => {
  const { match, value, reason, expiresAt } = thing.document
  const until = expiresAt === null ? null : Math.floor(expiresAt / US_PER_MS)
  return { ...commonOf(thing), match, value, reason, expiresAt: until }
}

export const conferenceRoomNode = (thing: Thing<'conference_room'>) => {
  const { number, settings } = thing.document
  const { pinSecretId, moderatorPinSecretId, ...shown } = settings
  const pins = { hasPin: pinSecretId !== null, hasModeratorPin: moderatorPinSecretId !== null }
  return { ...commonOf(thing), number, settings: { ...shown, ...pins } }
}

export const callQueueNode = (thing: Thing<'call_queue'>) => {
  const { number, settings, agents } = thing.document
  const overflow = settings.overflow && targetNode(settings.overflow)
  return { ...commonOf(thing), number, settings: { ...settings, overflow }, agents }
}

export const ivrMenuNode = (thing: Thing<'ivr_menu'>) => {
  const { number, settings } = thing.document
  const entries = settings.entries.map(({ digits, action }) => ({ digits, action: targetNode(action) }))
  const [onInvalid, onTimeout] = [targetNode(settings.onInvalid), targetNode(settings.onTimeout)]
  return { ...commonOf(thing), number, settings: { ...settings, entries, onInvalid, onTimeout } }
}

export const auditNode = (row: Database['provisioning_audit']) => ({
  position: row.position,
  at: row.at,
  tenant: row.tenant,
  actor: row.actor,
  type: row.type,
  stream: row.stream,
  revision: row.revision,
  commandId: row.command_id,
  correlationId: row.correlation_id,
  summary: JSON.parse(row.summary) as unknown,
})

export const provisioningItemNode = (row: Database['provisioning_items']) => ({
  target: row.target,
  kind: row.kind,
  id: row.id,
  tenant: row.tenant,
  name: row.name,
  wantedRevision: row.wanted_revision,
  appliedRevision: row.applied_revision,
  state: row.state,
  reason: row.reason,
  attempts: row.attempts,
  nextAttemptAt: row.next_attempt_at,
  changedAt: row.changed_at,
})
export type ProvisioningItemNode = ReturnType<typeof provisioningItemNode>

type AnyTarget = Target | MenuAction | { readonly kind: string }

function targetNode(target: AnyTarget) {
  const { kind, id = null, name = null } = target as { kind: string; id?: string; name?: string }
  return { kind, id, name }
}

const NO_ROUTE = {
  pattern: null,
  target: null,
  prefix: null,
  priority: null,
  strip: null,
  prepend: null,
  trunks: null,
}

function routeNode(rule: RouteRule) {
  return rule.kind === 'alias' ? { ...NO_ROUTE, ...rule, target: targetNode(rule.target) } : { ...NO_ROUTE, ...rule }
}
