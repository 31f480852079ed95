/**
 * Transfers, from what the switch wrote into the channels' transfer history. A dialplan that routes a new call writes
 * the same words, so only a leg that was bridged before counts as transferred.
 */
import type { CallParts } from './call-parts.js'
import { numberOf, toMs } from './call-parts.js'
import type { Transfer } from './call-record.js'
import { variable } from './leg-state.js'
import { transferHistory, type Bridge, type LegView } from './leg-view.js'

export function transfersOf(parts: CallParts): Transfer[] {
  const transfers: Transfer[] = []
  for (const view of [...parts.own, ...parts.guests]) {
    const history = transferHistory(view.leg)
    history.forEach((entry, index) => {
      const left = bridgeLeftAt(view, entry.atSeconds)
      if (left === undefined) return
      // what happened to a guest before it came to us is told in its own call
      const joinedUs = entry.kind === 'att_xfer' && parts.own.some((own) => own.id === history[index + 1]?.what)
      if (parts.guests.includes(view) && !joinedUs) return
      const by = parts.find(left.peer)
      const at = left.to === null ? entry.atSeconds * 1000 : toMs(left.to)
      if (entry.kind === 'bl_xfer' && !leftBySelf(by, left))
        transfers.push(blind(view, { by, at, target: entry.what.split('/')[0] ?? null }))
      if (entry.kind === 'att_xfer') {
        const next = history[index + 1]
        const partner = next?.kind === 'uuid_br' ? parts.find(next.what) : undefined
        // while the two are not joined yet, nobody can say who came to whom
        if (partner !== undefined || view.endedAt !== null) transfers.push(attended(view, { by, at, partner }))
      }
    })
  }
  return unique(transfers).sort((a, b) => a.at - b.at)
}

interface Moved {
  readonly by: LegView | undefined
  readonly at: number
}

function blind(view: LegView, { by, at, target }: Moved & { target: string | null }): Transfer {
  const referred = variable(by?.leg.last?.data, 'endpoint_disposition') === 'BLIND_TRANSFER'
  return {
    type: referred ? 'blind' : 'api',
    at,
    by: referred && by !== undefined ? numberOf(by) : null,
    transferee: numberOf(view),
    target,
  }
}

/** Both remaining parties carry the history; who joined later is the target. */
function attended(view: LegView, { by, at, partner }: Moved & { partner: LegView | undefined }): Transfer {
  const viewIsTarget = partner !== undefined && view.startedAt > partner.startedAt
  const transferee = viewIsTarget ? partner : view
  const target = viewIsTarget ? view : partner
  return {
    type: 'attended',
    at,
    by: by === undefined ? null : numberOf(by),
    transferee: transferee === undefined ? null : numberOf(transferee),
    target: target === undefined ? null : numberOf(target),
  }
}

/** The bridge that the leg left for the transfer; history knows whole seconds only. */
function bridgeLeftAt(view: LegView, atSeconds: number): Bridge | undefined {
  return view.bridges.find(({ to }) => to !== null && to >= (atSeconds - 1) * 1e6 && to < (atSeconds + 3) * 1e6)
}

/** The peer hung up and the dialplan went on with who was left: that is routing, nobody transferred anybody. */
function leftBySelf(peer: LegView | undefined, bridge: Bridge): boolean {
  if (peer === undefined || peer.endedAt === null || bridge.to === null) return false
  return variable(peer.leg.last?.data, 'sip_hangup_disposition') === 'recv_bye' && peer.endedAt <= bridge.to + 500_000
}

/** Where the dialplan sent a new call before anybody was bridged: the last target, null when it stayed as dialled. */
export function routedTo(view: LegView): string | null {
  const bridgedAt = view.bridges[0]?.from ?? Number.POSITIVE_INFINITY
  const routed = transferHistory(view.leg).filter(
    (entry) => entry.kind === 'bl_xfer' && entry.atSeconds * 1e6 <= bridgedAt,
  )
  return routed.at(-1)?.what.split('/')[0] ?? null
}

function unique(transfers: readonly Transfer[]): Transfer[] {
  const kept: Transfer[] = []
  for (const one of transfers) {
    const twin = kept.find(
      (other) =>
        other.type === one.type &&
        other.target === one.target &&
        other.transferee === one.transferee &&
        Math.abs(other.at - one.at) < 2000,
    )
    if (twin === undefined) kept.push(one)
  }
  return kept
}
