import type { Fault } from '../core/provisioning-error.js'
import { validateCount, validateOneOf, validateUnique } from './bounds.js'

export const TRANSPORTS = ['udp', 'tcp', 'tls'] as const

/** Codecs by the names that FreeSWITCH (`codec-prefs`, `absolute_codec_string`) and SDP have for them. */
export const CODECS = [
  'OPUS',
  'G722',
  'PCMU',
  'PCMA',
  'G729',
  'GSM',
  'iLBC',
  'SPEEX',
  'AMR',
  'AMR-WB',
  'H264',
  'VP8',
  'VP9',
] as const

export type Codec = (typeof CODECS)[number]
export type Transport = (typeof TRANSPORTS)[number]

export function validateCodecs(field: string, codecs: readonly string[]): Fault[] {
  return [
    ...validateCount(field, codecs, { min: 1, max: CODECS.length }),
    ...codecs.flatMap((codec, i) => validateOneOf(`${field}[${i}]`, codec, CODECS)),
    ...validateUnique(field, codecs),
  ]
}
