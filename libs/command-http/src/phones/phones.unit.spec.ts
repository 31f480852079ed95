import { describe, expect, it } from '@jest/globals'
import { iniValue } from './escape.js'
import type { PhoneAccount } from './phone-account.js'
import { PASSWORD_PLACEHOLDER } from './phone-account.js'
import { PHONE_DEVICES, PHONE_GUIDES } from './phone-guides.js'
import { makePhoneSetup, phoneSetupSchema } from './phone-setup.js'

const alice: PhoneAccount = {
  username: 'alice',
  domain: 'a.example',
  server: undefined,
  password: 'p4ss&<w>"ord\'%#;=',
  displayName: 'Alice',
  cloudId: null,
}
const hostile = 'Eve\r\naccount.1.password = x\n</flat-profile>&amp;"\'[Account2]\u2028\u0000😀 %EMPTY%'

const fileOf = (device: (typeof PHONE_DEVICES)[number], account: Partial<PhoneAccount> = {}) =>
  PHONE_GUIDES[device].file!({ ...alice, ...account }).text

/** What a parser makes of the text of an element. */
function elements(xml: string): Record<string, string> {
  const found = [...xml.matchAll(/^ {2}<(\w+)>([^<]*)<\/\1>$/gm)].map(([, name, text]) => [
    name!,
    text!
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll('&#13;', '\r')
      .replaceAll('&amp;', '&'),
  ])
  return Object.fromEntries(found) as Record<string, string>
}

describe('the set-up of a phone', () => {
  it.each(PHONE_DEVICES)('%s says user, domain and password, and is what the API describes', async (device) => {
    const setup = await makePhoneSetup(device, alice)
    expect(phoneSetupSchema.parse(setup)).toEqual(setup)
    const values = setup.settings.map(({ value }) => value)
    expect(values).toEqual(expect.arrayContaining(['alice', 'a.example', alice.password, 'Alice']))
    expect(setup.qr.svg).toMatch(/^<svg /)
    expect(setup.qr.png).toMatch(/^data:image\/png;base64,/)
    expect(setup.hasPassword).toBe(true)
  })

  it.each(PHONE_DEVICES)('%s has a placeholder instead of a password that was not given', async (device) => {
    const setup = await makePhoneSetup(device, { ...alice, password: null })
    expect(JSON.stringify(setup)).not.toContain(alice.password)
    expect(setup.settings.map(({ value }) => value)).toContain(PASSWORD_PLACEHOLDER)
    expect(setup.hasPassword).toBe(false)
  })

  it.each(PHONE_DEVICES)('%s names the server that phones register at', (device) => {
    const settings = PHONE_GUIDES[device].settings({ ...alice, server: 'sip.a.example:5070' })
    expect(settings.map(({ value }) => value).join(' ')).toMatch(/sip\.a\.example[: ](.* )?5070/)
    expect(PHONE_GUIDES[device].file?.({ ...alice, server: 'sip.a.example:5070' }).text ?? '5070').toContain('5070')
  })

  it('for Yealink is one parameter a line, whatever the name', () => {
    const lines = fileOf('yealink', { displayName: hostile }).trimEnd().split('\n')
    expect(lines[0]).toBe('#!version:1.0.0.1')
    expect(lines.slice(1).every((line) => /^account\.1\.[\w.]+ = ./.test(line))).toBe(true)
    expect(lines.filter((line) => line.startsWith('account.1.password = '))).toEqual([
      `account.1.password = ${alice.password}`,
    ])
  })

  it('for Cisco SPA is a profile of which a parser gets every value back', () => {
    const profile = fileOf('cisco_spa', { displayName: hostile, server: '[2001:db8::1]:5070' })
    expect(profile.match(/<flat-profile>/g)).toHaveLength(1)
    expect(elements(profile)).toEqual({
      Display_Name_1_: expect.stringContaining('</flat-profile>&amp;"\'[Account2]'),
      User_ID_1_: 'alice',
      Password_1_: alice.password,
      Use_Auth_ID_1_: 'No',
      Proxy_1_: 'a.example',
      Outbound_Proxy_1_: '[2001:db8::1]:5070',
      Use_Outbound_Proxy_1_: 'Yes',
      Register_1_: 'Yes',
    })
    // eslint-disable-next-line no-control-regex -- that there are none
    expect(profile).not.toMatch(/[\x00-\x08\x0b\x0c\x0e-\x1f]/)
  })

  it('for Groundwire is an account of which a parser gets every value back', () => {
    expect(elements(fileOf('groundwire'))).toEqual({
      title: 'Alice',
      username: 'alice',
      password: alice.password,
      userDisplayName: 'Alice',
      host: 'a.example',
    })
  })

  it('for MicroSIP has one section for the account, whatever the name', () => {
    const lines = fileOf('microsip', { displayName: hostile, password: '"quoted-password"' }).split('\r\n')
    expect(lines.filter((line) => line.startsWith('['))).toEqual(['[Settings]', '[Account1]'])
    expect(lines).toContain('password=""quoted-password""')
    expect(lines.slice(3, -1).every((line) => /^\w+=/.test(line))).toBe(true)
  })

  it.each([
    ['plain', 'plain'],
    [' blank', '" blank"'],
    ["'single'", `"'single'"`],
    ['a"b', 'a"b'],
    ['two\nlines', 'two lines'],
  ])('value %j of an INI file is %j', (text, written) => expect(iniValue(text)).toBe(written))

  it('has a QR code for the scanner of Cloud Softphone when the app is known, encoded once', async () => {
    const { qr } = await makePhoneSetup('groundwire', {
      ...alice,
      username: 'a+b',
      password: 'p@ss:w%rd',
      cloudId: 'ACME*',
    })
    expect(qr).toMatchObject({ text: 'csc:a%2Bb:p%40ss%3Aw%25rd@ACME*', scannedByDevice: true })
    const unknown = await makePhoneSetup('groundwire', { ...alice, password: null, cloudId: 'ACME' })
    expect(unknown.qr.text).toBe('csc:alice@ACME')
    expect((await makePhoneSetup('groundwire', alice)).qr.scannedByDevice).toBe(false)
  })
})
