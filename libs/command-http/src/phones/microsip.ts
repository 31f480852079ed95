import { iniValue } from './escape.js'
import { labelOf, passwordOf } from './phone-account.js'
import { settingsAt, type PhoneGuide } from './phone-guide.js'

export const microsip: PhoneGuide = {
  title: 'MicroSIP',
  settings(account) {
    const { username, domain, server } = account
    return settingsAt('Menu > Add Account…')({
      'Account Name': labelOf(account),
      'SIP Server': domain,
      'SIP Proxy': server,
      Username: username,
      Domain: domain,
      Login: username,
      Password: passwordOf(account),
      'Display Name': labelOf(account),
    })
  },
  /** Keys as MicroSIP reads them from the section of an account; a password in clear is replaced when it is first read. */
  file(account) {
    const { username, domain, server } = account
    const values = {
      label: labelOf(account),
      server: domain,
      proxy: server ?? '',
      domain,
      username,
      password: passwordOf(account),
      authID: username,
      displayName: labelOf(account),
    }
    const lines = Object.entries(values).map(([key, value]) => `${key}=${iniValue(value)}`)
    return {
      name: 'microsip.ini',
      mediaType: 'text/plain; charset=utf-8',
      text: ['[Settings]', 'accountId=1', '[Account1]', ...lines, ''].join('\r\n'),
    }
  },
  notes: [
    'The file belongs into the folder MicroSIP of your application data, while MicroSIP does not run; save it as UTF-16 when the name has other letters than English ones.',
  ],
}
