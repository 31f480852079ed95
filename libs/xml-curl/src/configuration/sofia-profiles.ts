import { TRUNKS_PROFILE, USERS_PROFILE } from '../globals.js'
import { AppData } from '../xml/app-data.js'

/** What is the same in both. */
const COMMON = {
  dialplan: 'XML',
  'auth-calls': true,
  'disable-register': true,
  'accept-blind-reg': false,
  'inbound-codec-prefs': new AppData('$${codecs}'),
  'outbound-codec-prefs': new AppData('$${codecs}'),
  'inbound-late-negotiation': true,
  'rtp-timer-name': 'soft',
  'rfc2833-pt': 101,
  'manage-presence': false,
  'rtp-timeout-sec': 60,
  'rtp-hold-timeout-sec': 1800,
  'enable-timer': true,
  'session-timeout': 1800,
  'hold-music': new AppData('$${hold_music}'),
  'user-agent-string': 'trunkline',
  'log-auth-failures': true,
}

const LOCAL = new AppData('$${sip_address}')
const PUBLIC = new AppData('$${public_address}')

/** The profiles of infra/freeswitch/conf/sip_profiles, setting by setting: a test holds them together. */
export const SOFIA_PROFILES = {
  [USERS_PROFILE]: {
    alias: true,
    settings: {
      ...COMMON,
      context: 'from-kamailio',
      'sip-ip': LOCAL,
      'sip-port': 5060,
      'ext-sip-ip': LOCAL,
      'rtp-ip': LOCAL,
      'ext-rtp-ip': PUBLIC,
      'apply-inbound-acl': 'kamailio',
      'dtmf-duration': 2000,
      'record-path': new AppData('$${recordings_dir}'),
    },
  },
  [TRUNKS_PROFILE]: {
    alias: false,
    settings: {
      ...COMMON,
      context: 'from-trunks',
      'sip-ip': LOCAL,
      'sip-port': 5080,
      'ext-sip-ip': PUBLIC,
      'rtp-ip': LOCAL,
      'ext-rtp-ip': PUBLIC,
      'apply-inbound-acl': 'trunks',
    },
  },
} as const
