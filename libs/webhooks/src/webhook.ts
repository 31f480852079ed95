/** What can be sent: events of SIP users as they were decided, and that a user can be reached or cannot any more. */
export const WEBHOOK_TYPES = [
  'sip_user.created',
  'sip_user.updated',
  'sip_user.suspended',
  'sip_user.resumed',
  'sip_user.removed',
  'sip_user.credential_set',
  'sip_user.credential_rotated',
  'sip_user.limits_set',
  'sip_user.alias_added',
  'sip_user.alias_removed',
  'user.registered',
  'user.unregistered',
] as const
export type WebhookType = (typeof WEBHOOK_TYPES)[number]

export interface Webhook {
  readonly id: string
  /** SIP domain. */
  readonly tenant: string
  readonly url: string
  /** Null for all. */
  readonly types: readonly WebhookType[] | null
  readonly active: boolean
  /** ms since 1970-01-01 UTC. */
  readonly createdAt: number
}

export const DELIVERY_STATES = ['pending', 'delivered', 'dead'] as const
export type DeliveryState = (typeof DELIVERY_STATES)[number]

export interface Delivery {
  readonly eventId: string
  readonly type: string
  readonly state: DeliveryState
  readonly attempts: number
  /** HTTP status of the last answer. */
  readonly status: number | null
  /** Of the last failure. */
  readonly reason: string | null
  readonly createdAt: number
  readonly settledAt: number | null
  /** For the next page. */
  readonly place: string
}

/** An event on its way to webhooks. */
export interface Notice {
  readonly id: string
  readonly type: WebhookType
  readonly tenant: string
  /** user@domain */
  readonly subject: string
  /** µs since 1970-01-01 UTC. */
  readonly time: number
  readonly data: unknown
}

/** The body that is sent: CloudEvents 1.0 in JSON. */
export function bodyOf({ id, type, subject, time, data }: Notice): string {
  return JSON.stringify({
    specversion: '1.0',
    id,
    source: 'trunkline',
    type: `trunkline.${type}`,
    subject,
    time: new Date(time / 1000).toISOString(),
    datacontenttype: 'application/json',
    data,
  })
}
