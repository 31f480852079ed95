import { gatewayOf, msOrNull, partyOf, toMs } from './call-parts.js'
import type { LegRecord, LegRole, Quality } from './call-record.js'
import { hangupDisposition } from './end-of-call.js'
import { variable } from './leg-state.js'
import type { LegView } from './leg-view.js'

export function legRecord(view: LegView, role: LegRole): LegRecord {
  const last = view.leg.last?.data
  const first = view.leg.first?.data
  const disposition = hangupDisposition(view)
  return {
    id: view.id,
    role,
    direction: view.direction,
    ...partyOf(view),
    sipCallId: variable(last, 'sip_call_id') ?? variable(first, 'sip_call_id'),
    gateway: gatewayOf(view),
    networkAddress: last?.networkAddress ?? first?.networkAddress ?? null,
    userAgent: variable(last, 'sip_user_agent'),
    startedAt: toMs(view.startedAt),
    ringingAt: msOrNull(view.ringingAt ?? view.earlyMediaAt),
    answeredAt: msOrNull(view.answeredAt),
    endedAt: msOrNull(view.endedAt),
    talkMs:
      view.answeredAt === null || view.endedAt === null ? 0 : Math.max(0, toMs(view.endedAt) - toMs(view.answeredAt)),
    cause: view.cause,
    sipStatus: statusOf(view),
    hungUpBy:
      view.endedAt === null || disposition === null ? null : disposition.startsWith('recv_') ? 'peer' : 'switch',
    codec: last?.codec ?? null,
    quality: qualityOf(view),
    how: view.end === 'inferred' ? 'inferred' : 'observed',
  }
}

function statusOf(view: LegView): number | null {
  if (view.answeredAt !== null) return 200
  const last = view.leg.last?.data
  const status = Number(variable(last, 'sip_term_status') ?? variable(last, 'sip_invite_failure_status') ?? Number.NaN)
  return Number.isInteger(status) ? status : null
}

/**
 * From the RTP figures that mod_sofia puts on a channel at its end. Without received packets they mean nothing: the
 * switch says MOS 4.50 of silence. Loss is the switch's estimate over the worst stretch, not the skipped packets.
 */
export function qualityOf(view: LegView): Quality | null {
  const last = view.leg.last?.data
  const figure = (name: string) => {
    const value = variable(last, name)
    return value === null || !Number.isFinite(Number(value)) ? null : Number(value)
  }
  const packets = figure('rtp_audio_in_packet_count')
  if (packets === null || packets === 0) return null
  const variance = figure('rtp_audio_in_jitter_max_variance')
  const lossRate = figure('rtp_audio_in_jitter_loss_rate')
  return {
    mos: figure('rtp_audio_in_mos'),
    jitterMs: variance === null ? null : Math.round(Math.sqrt(Math.max(0, variance)) * 10) / 10,
    lossPercent: lossRate === null ? null : Math.round(lossRate * 1000) / 10,
    packetsReceived: packets,
  }
}

/** The worst leg is what people heard. */
export function worstQuality(qualities: readonly (Quality | null)[]): Quality | null {
  const known = qualities.filter((quality): quality is Quality => quality !== null)
  return known.reduce<Quality | null>(
    (worst, one) => (worst === null || (one.mos ?? 5) < (worst.mos ?? 5) ? one : worst),
    null,
  )
}
