import { labelOf, passwordOf } from './phone-account.js'
import { settingsAt, type PhoneGuide } from './phone-guide.js'

/** Any other phone or softphone, by the names that most of them have. */
export const generic: PhoneGuide = {
  title: 'Any SIP phone',
  settings(account) {
    const { username, domain, server } = account
    return settingsAt('SIP account')({
      'Display name': labelOf(account),
      'User name': username,
      'Authentication name': username,
      Password: passwordOf(account),
      'Domain (registrar)': domain,
      'Outbound proxy': server,
    })
  },
  notes: ['Leave codecs, STUN and timers as they are.'],
}
