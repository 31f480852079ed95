import { labelOf, passwordOf } from './phone-account.js'
import { settingsAt, type PhoneGuide } from './phone-guide.js'

export const csipsimple: PhoneGuide = {
  title: 'CSipSimple',
  settings(account) {
    const { username, domain, server } = account
    if (server === undefined) {
      return settingsAt('Accounts > Add account > Basic')({
        'Account name': labelOf(account),
        User: username,
        Server: domain,
        Password: passwordOf(account),
      })
    }
    return settingsAt('Accounts > Add account > Advanced')({
      'Account name': labelOf(account),
      'Caller ID': labelOf(account),
      Server: domain,
      Username: username,
      Password: passwordOf(account),
      Proxy: server,
    })
  },
  notes: ['CSipSimple is no longer looked after by its makers.'],
}
