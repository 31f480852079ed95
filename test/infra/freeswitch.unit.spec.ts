/** infra/freeswitch agrees with itself and with what the listener reads. xmllint looks at each file in checks.int.spec.ts. */
import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { LOCKED_ROOMS, OPEN_ROOMS } from '../../libs/xml-curl/src/dialplan/to-room.js'
import { XML_CURL_USER } from '../../libs/xml-curl/src/http/basic-auth.js'
import { XML_CURL_PATH } from '../../libs/xml-curl/src/http/register-xml-curl.js'
import { composeFile } from './compose-file.js'

const FOLDER = 'infra/freeswitch/conf'
const files = globSync(`${FOLDER}/**/*.xml`)
const text = new Map(files.map((file) => [file.slice(FOLDER.length + 1), readFileSync(file, 'utf8')]))
const withoutComments = (xml: string) => xml.replace(/<!--[\s\S]*?-->/g, '')
const config = (name: string) => withoutComments(text.get(`autoload_configs/${name}.conf.xml`)!)
const modules = [...config('modules').matchAll(/<load module="mod_(\w+)"/g)].map((match) => match[1]!)
const param = (xml: string, name: string) => new RegExp(`<param name="${name}" value="([^"]*)"`).exec(xml)?.[1]

describe('infra/freeswitch', () => {
  it('defines every variable that it uses, or leaves it to FreeSWITCH', () => {
    const defined = new Set([...text.get('vars.xml')!.matchAll(/data="(\w+)=/g)].map((match) => match[1]!))
    for (const known of ['sounds_dir', 'temp_dir']) defined.add(known)
    for (const [file, xml] of text) {
      const used = [...xml.matchAll(/\$\$\{(\w+)\}/g)].map((match) => match[1]!)
      expect({ file, unknown: used.filter((name) => !defined.has(name)) }).toEqual({ file, unknown: [] })
    }
  })

  it('is given by compose every variable that it takes from the environment', () => {
    const environment = composeFile('compose.yaml').services['freeswitch']!.environment!
    const asked = [...text.get('vars.xml')!.matchAll(/printenv (\w+)/g)].map((match) => match[1]!)
    expect(asked.sort()).toEqual(Object.keys(environment).sort())
  })

  it('loads what calls, queues, conferences, voicemail and Trunkline need', () => {
    const needed = [
      'event_socket',
      'json_cdr',
      'sofia',
      'conference',
      'callcenter',
      'fifo',
      'voicemail',
      'valet_parking',
    ]
    expect(modules).toEqual(expect.arrayContaining(needed))
  })

  it('asks Trunkline first for what is provisioned, with a password from a secret, before any module needs it', () => {
    const asking = config('xml_curl')
    expect(asking).toContain('bindings="directory|dialplan|configuration"')
    expect(param(asking, 'gateway-url')).toBe('$${xml_curl_url}')
    expect(param(asking, 'gateway-credentials')).toBe(`${XML_CURL_USER}:$\${xml_curl_password}`)
    expect(text.get('vars.xml')).toContain('xml_curl_password=cat /run/secrets/xml-curl-secret')
    const { environment, secrets } = composeFile('compose.yaml').services['freeswitch']!
    expect(environment!['XML_CURL_URL']).toBe(`http://provisioner:4000${XML_CURL_PATH}`)
    expect(secrets).toContain('xml-curl-secret')
    for (const name of ['sofia', 'conference', 'callcenter', 'dialplan_xml', 'dptools']) {
      expect(modules.indexOf('xml_curl')).toBeLessThan(modules.indexOf(name))
    }
    // longer than Trunkline takes to give up, so that it is Trunkline that says so
    expect(Number(param(asking, 'timeout'))).toBeGreaterThan(1.5)
  })

  it('keeps rooms with a PIN shut while Trunkline does not answer', () => {
    const profile = (name: string) =>
      new RegExp(`<profile name="${name}">([\\s\\S]*?)</profile>`).exec(config('conference'))![1]!
    expect(param(profile(LOCKED_ROOMS), 'pin')).toMatch(/^[a-z]+$/)
    expect(param(profile(OPEN_ROOMS), 'pin')).toBeUndefined()
  })

  it('has settings for modules that are loaded, and for the core', () => {
    const others = ['modules', 'switch', 'acl', 'xml_curl']
    const configured = [...text.keys()].flatMap((file) => /^autoload_configs\/(\w+)\.conf\.xml$/.exec(file)?.[1] ?? [])
    expect(configured.filter((name) => !modules.includes(name) && !others.includes(name))).toEqual([])
    for (const name of configured) expect(config(name)).toContain(`<configuration name="${name}.conf"`)
  })

  it('opens the Event Socket on one address, to a list, with a password from a secret', () => {
    const socket = config('event_socket')
    expect(param(socket, 'listen-ip')).toBe('$${event_socket_address}')
    expect(param(socket, 'apply-inbound-acl')).toBe('trunkline')
    expect(param(socket, 'password')).toBe('$${event_socket_password}')
    expect(text.get('vars.xml')).toContain('event_socket_password=cat /run/secrets/esl-password')
    expect([...text.values()].join('')).not.toContain('ClueCon')
  })

  it('lets in only by lists that deny by default', () => {
    const lists = new Map([...config('acl').matchAll(/<list name="(\w+)" default="(\w+)"/g)].map(([, n, d]) => [n, d]))
    for (const profile of ['kamailio', 'trunks']) {
      const xml = withoutComments(text.get(`sip_profiles/${profile}.xml`)!)
      expect(lists.get(param(xml, 'apply-inbound-acl')!)).toBe('deny')
      expect(param(xml, 'auth-calls')).toBe('true')
      expect(param(xml, 'accept-blind-reg')).toBe('false')
      expect(text.has(`dialplan/${param(xml, 'context')}.xml`)).toBe(true)
    }
    expect(lists.get('trunkline')).toBe('deny')
  })

  it('writes a CDR file for every leg into the folder that is shared, in the form that the captures have', () => {
    const cdr = config('json_cdr')
    expect(param(cdr, 'log-dir')).toBe('$${cdr_dir}')
    expect(param(cdr, 'err-log-dir')).toBe('$${cdr_dir}')
    expect([param(cdr, 'log-b-leg'), param(cdr, 'encode-values'), param(cdr, 'rotate')]).toEqual([
      'true',
      'true',
      'false',
    ])
    const written = globSync('test/captures/freeswitch/*/cdr/*.gz').map((file) => file.split('/').at(-1)!)
    expect(written.some((name) => name.startsWith('a_'))).toBe(param(cdr, 'prefix-a-leg') === 'true')
  })

  it('serves the numbers that Kamailio hands over', () => {
    const script = readFileSync('infra/compose/kamailio/start-kamailio.sh', 'utf8')
    // as the shell leaves it: \\ is one backslash, \$ a dollar
    const regex = /EXTERNAL_NUMBER "(.*)"/.exec(script)![1]!.replaceAll('\\\\', '\\').replace('\\$', '$')
    const external = new RegExp(regex)
    const dialplan = withoutComments(text.get('dialplan/from-kamailio.xml')!)
    const served = [...dialplan.matchAll(/field="destination_number" expression="([^"]+)"/g)].map(
      ([, e]) => new RegExp(e!),
    )
    for (const number of [
      '9196',
      '3001',
      '4000',
      '4100',
      '4101',
      '5901',
      '*98',
      '*991001',
      '+4930123456',
      '0301234567',
    ]) {
      expect({ number, handed: external.test(number), served: served.some((one) => one.test(number)) }).toEqual({
        number,
        handed: true,
        served: true,
      })
    }
    expect(external.test('1001')).toBe(false)
  })
})
