import { escapeXml } from './escape.js'
import { labelOf, passwordOf, type PhoneAccount } from './phone-account.js'
import { settingsAt, type PhoneGuide } from './phone-guide.js'

const PLACE = 'Voice > Ext 1 (Line 1 of adapters)'

/** Fields of the administration pages, by their names there. */
function fields(account: PhoneAccount): Record<string, string> {
  const { username, domain, server } = account
  return {
    'Display Name': labelOf(account),
    'User ID': username,
    Password: passwordOf(account),
    'Use Auth ID': 'No',
    Proxy: domain,
    ...(server === undefined ? {} : { 'Outbound Proxy': server, 'Use Outbound Proxy': 'Yes' }),
    Register: 'Yes',
  }
}

export const ciscoSpa: PhoneGuide = {
  title: 'Cisco SPA',
  settings: (account) => settingsAt(PLACE)(fields(account)),
  /** Elements are named after the fields, with `_` for blanks and the number of the line at the end. */
  file(account) {
    const elements = Object.entries(fields(account)).map(([name, value]) => {
      const element = `${name.replaceAll(' ', '_')}_1_`
      return `  <${element}>${escapeXml(value)}</${element}>`
    })
    return {
      name: 'spaMAC.xml',
      mediaType: 'application/xml; charset=utf-8',
      text: ['<?xml version="1.0" encoding="UTF-8"?>', '<flat-profile>', ...elements, '</flat-profile>', ''].join('\n'),
    }
  },
  notes: ['The phone fetches the profile from the address that Voice > Provisioning > Profile Rule names.'],
}
