import { escapeXml } from './escape.js'
import { labelOf, passwordOf } from './phone-account.js'
import { settingsAt, type PhoneGuide } from './phone-guide.js'

/** Acrobits Groundwire, and what Cloud Softphone makes of it. */
export const groundwire: PhoneGuide = {
  title: 'Groundwire',
  settings(account) {
    const { username, domain, server } = account
    return settingsAt('Settings > SIP Accounts > + > Generic SIP Account')({
      Title: labelOf(account),
      Username: username,
      Password: passwordOf(account),
      Domain: domain,
      'Display Name': labelOf(account),
      Proxy: server,
    })
  },
  /** Nodes of Acrobits' Account XML, as external provisioning answers it. */
  file(account) {
    const { username, domain, server } = account
    const nodes = {
      title: labelOf(account),
      username,
      password: passwordOf(account),
      userDisplayName: labelOf(account),
      host: domain,
      ...(server === undefined ? {} : { proxy: server }),
    }
    const lines = Object.entries(nodes).map(([name, value]) => `  <${name}>${escapeXml(value)}</${name}>`)
    return {
      name: 'account.xml',
      mediaType: 'application/xml; charset=utf-8',
      text: ['<?xml version="1.0" encoding="UTF-8"?>', '<account>', ...lines, '</account>', ''].join('\n'),
    }
  },
  /** Both parts are encoded once, as Acrobits asks for. */
  link({ username, password, cloudId }) {
    if (cloudId === null) return undefined
    const secret = password === null ? '' : `:${encodeURIComponent(password)}`
    return `csc:${encodeURIComponent(username)}${secret}@${cloudId}`
  },
  notes: [
    'With cloudId, the id of your app at Acrobits, the QR code is what the scanner of Cloud Softphone reads; Groundwire itself takes no account from a QR code.',
    'The file is what external provisioning at Acrobits asks your server for (Account XML).',
  ],
}
