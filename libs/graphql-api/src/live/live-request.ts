import { STREAMS } from '@trunkline/ports'
import type { CallEventsFilter } from '../inputs/feed-filters.input.js'

/** What a subscription asks for, checked and with users in full. */
export type LiveRequest =
  | { readonly kind: 'callEvents'; readonly filter: CallEventsFilter; readonly after: string | undefined }
  | { readonly kind: 'liveCalls'; readonly after: string | undefined }
  | { readonly kind: 'presence'; readonly users: readonly string[] | undefined; readonly after: string | undefined }

export type LiveKind = LiveRequest['kind']

/** The stream that a kind of subscription is fed from. */
export const STREAM_OF = {
  callEvents: STREAMS.calls,
  liveCalls: STREAMS.calls,
  presence: STREAMS.presence,
} as const satisfies Record<LiveKind, string>
