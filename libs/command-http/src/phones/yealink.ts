import { oneLine } from './escape.js'
import { labelOf, passwordOf, splitServer, type PhoneAccount } from './phone-account.js'
import { settingsAt, type PhoneGuide } from './phone-guide.js'

/** Parameters as in Yealink's Auto Provisioning Guide for SIP phones from firmware 71 on. */
function parameters(account: PhoneAccount): Record<string, string> {
  const { username, domain, server } = account
  const proxy = server === undefined ? undefined : splitServer(server)
  return {
    'account.1.enable': '1',
    'account.1.label': labelOf(account),
    'account.1.display_name': labelOf(account),
    'account.1.auth_name': username,
    'account.1.user_name': username,
    'account.1.password': passwordOf(account),
    'account.1.sip_server.1.address': domain,
    ...(proxy === undefined
      ? {}
      : {
          'account.1.outbound_proxy_enable': '1',
          'account.1.outbound_proxy.1.address': proxy.host,
          'account.1.outbound_proxy.1.port': String(proxy.port ?? 5060),
        }),
  }
}

export const yealink: PhoneGuide = {
  title: 'Yealink',
  settings(account) {
    const { username, domain, server } = account
    const proxy = server === undefined ? undefined : splitServer(server)
    return settingsAt('Account > Register')({
      'Line Active': 'Enabled',
      Label: labelOf(account),
      'Display Name': labelOf(account),
      'Register Name': username,
      'User Name': username,
      Password: passwordOf(account),
      'SIP Server 1, Server Host': domain,
      'Enable Outbound Proxy Server': proxy === undefined ? undefined : 'Enabled',
      'Outbound Proxy Server 1': proxy?.host,
      'Outbound Proxy Server 1, Port': proxy === undefined ? undefined : String(proxy.port ?? 5060),
    })
  },
  file(account) {
    const lines = Object.entries(parameters(account)).map(([key, value]) => `${key} = ${oneLine(value)}`)
    return {
      name: 'MAC.cfg',
      mediaType: 'text/plain; charset=utf-8',
      text: ['#!version:1.0.0.1', ...lines, ''].join('\n'),
    }
  },
  notes: [
    'The name of the file is the MAC address of the phone in lower case without colons, on the server that the phone is provisioned from.',
  ],
}
