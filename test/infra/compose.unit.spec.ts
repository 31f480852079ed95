/** What every service of the compose files must have, since no Docker engine runs where the tests do. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { parseEslSwitches } from '@trunkline/esl'
import { parseKamailioNodes } from '@trunkline/kamailio-listening'
import { settings } from '../../libs/runtime/src/settings.js'
import { COMPOSE_FILES, COMPOSE_FOLDER, composeFile, networksOf } from './compose-file.js'

const services = COMPOSE_FILES.flatMap((name) => {
  const file = composeFile(name)
  return Object.entries(file.services).map(([service, definition]) => ({ name, file, service, definition }))
})
const stack = composeFile('compose.yaml')
const apps = services.filter(({ definition }) => definition.image?.startsWith('trunkline:'))
/** Takes the defaults of `${NAME:-default}`. */
const plain = (text: string) => text.replace(/\$\{\w+:-([^}]*)\}/g, '$1')

describe.each(services)('$service in $name', ({ file, definition }) => {
  it('is of one exact version', () => {
    const image = plain(definition.image ?? '')
    expect(image).toMatch(/^[a-z0-9./-]+:v?\d+\.\d+(\.\d+)?(-[a-z0-9.]+)?$/)
    expect(image).not.toContain('latest')
    if (definition.build !== undefined) {
      expect(existsSync(join(COMPOSE_FOLDER, definition.build.context, 'Dockerfile'))).toBe(true)
    }
  })

  it('is started anew when it ends, has an init, limits and a bounded log', () => {
    expect(definition.restart).toMatch(/^(unless-stopped|on-failure:\d+)$/)
    expect(definition.init).toBe(true)
    expect(definition.deploy?.resources?.limits).toEqual({ cpus: expect.any(String), memory: expect.any(String) })
    expect(definition.logging?.options).toEqual({ 'max-size': '10m', 'max-file': '5' })
    expect(definition.cap_drop).toEqual(['ALL'])
    expect(definition.security_opt).toContain('no-new-privileges:true')
  })

  it('says whether it is well, unless it is a task that ends', () => {
    if (definition.restart!.startsWith('on-failure')) return expect(definition.healthcheck).toEqual({ disable: true })
    expect(definition.healthcheck?.test?.[0]).toMatch(/^CMD/)
    expect(definition.healthcheck?.interval).toMatch(/^\d+s$/)
    expect(definition.stop_grace_period).toMatch(/^\d+s$/)
  })

  it('refers only to what is declared', () => {
    for (const network of networksOf(definition)) expect(file.networks).toHaveProperty(network)
    for (const secret of definition.secrets ?? []) expect(file.secrets).toHaveProperty(secret)
    for (const [other, { condition }] of Object.entries(definition.depends_on ?? {})) {
      expect(file.services).toHaveProperty(other)
      const ends = file.services[other]!.restart!.startsWith('on-failure')
      expect(condition).toBe(ends ? 'service_completed_successfully' : 'service_healthy')
    }
  })

  it('mounts declared volumes, and files of the repository read-only', () => {
    for (const volume of definition.volumes ?? []) {
      const [source, , mode] = volume.split(':') as [string, string, string?]
      if (!source.startsWith('.')) {
        expect(file.volumes).toHaveProperty(source)
        continue
      }
      expect(mode).toBe('ro')
      expect({ source, exists: existsSync(join(COMPOSE_FOLDER, source)) }).toEqual({ source, exists: true })
    }
  })

  it('gets no secret by its environment, and every secret that it is told to read', () => {
    for (const [name, value] of Object.entries(definition.environment ?? {})) {
      if (/PASSWORD|SECRET|TOKEN|CREDENTIAL/.test(name)) expect(`${name}=${value}`).toMatch(/FILE=\/run\/secrets\//)
      expect(value).not.toMatch(/:\/\/[^/]*:[^/]+@/)
    }
    const text = JSON.stringify(definition)
    for (const [, secret] of text.matchAll(/\/run\/secrets\/([a-z0-9-]+)/g)) {
      expect(definition.secrets).toContain(secret)
    }
  })
})

describe.each(apps)('the app $service in $name', ({ service, definition }) => {
  it('is set by settings that exist', () => {
    const known = new Set(Object.keys(settings).flatMap((name) => [name, `${name}_FILE`]))
    // read by the S3 client itself
    known.add('AWS_SHARED_CREDENTIALS_FILE')
    expect(Object.keys(definition.environment!).filter((name) => !known.has(name))).toEqual([])
  })

  it('runs an app that exists', () => {
    const path = definition.command!.at(-1)!
    expect(path).toMatch(/^apps\/[a-z-]+\/dist\/main\.js$/)
    expect(existsSync(path.replace('/dist/', '/src/').replace(/\.js$/, '.ts'))).toBe(true)
    if (service !== 'trunkline') expect(path).toBe(`apps/${service}/dist/main.js`)
  })

  it('can write to its data folder and /tmp alone', () => {
    expect(definition.read_only).toBe(true)
    const writable = [...(definition.volumes ?? []).filter((volume) => !volume.endsWith(':ro')), ...definition.tmpfs!]
    expect(writable.map((entry) => /(?:^|:)(\/[a-z]+)/.exec(entry)![1]!).sort()).toEqual(['/data', '/tmp'])
  })
})

describe('the stack', () => {
  it('publishes SIP, RTP and, on the loopback address, HTTP', () => {
    const ports = Object.entries(stack.services).flatMap(([service, { ports = [] }]) =>
      ports.map((port) => `${service} ${plain(port)}`),
    )
    expect(ports.sort()).toEqual([
      'command-api 127.0.0.1:4010:4000',
      'freeswitch 0.0.0.0:16384-16583:16384-16583/udp',
      'freeswitch 0.0.0.0:5080:5080/udp',
      'grafana 127.0.0.1:3000:3000',
      'graphql 127.0.0.1:4000:4000',
      'kamailio 0.0.0.0:5060:5060/tcp',
      'kamailio 0.0.0.0:5060:5060/udp',
      'rtpengine 0.0.0.0:30000-30199:30000-30199/udp',
    ])
  })

  it('keeps databases and brokers on a network that leads nowhere', () => {
    expect(stack.networks['back']!.internal).toBe(true)
    const alone = ['mysql', 'redis', 'kafka', 'kurrentdb', 's3', 'prometheus', 'projector', 'provisioner']
    for (const name of alone) expect(networksOf(stack.services[name]!)).toEqual(['back'])
  })

  it('has on the disk of its only broker what that acknowledges', () => {
    expect(stack.services['kafka']!.environment).toMatchObject({ KAFKA_LOG_FLUSH_INTERVAL_MESSAGES: '1' })
  })

  it('uses every volume and secret that it declares', () => {
    const used = Object.values(stack.services).flatMap(({ volumes = [], secrets = [] }) => [
      ...volumes.map((volume) => volume.split(':')[0]!),
      ...secrets,
    ])
    for (const name of [...Object.keys(stack.volumes), ...Object.keys(stack.secrets)]) {
      // these are made from others, or others from them
      expect({ name, used: used.includes(name) }).toEqual({ name, used: true })
    }
  })

  it('gives each address once, in the network that it is of', () => {
    const addresses = Object.values(stack.services).flatMap(({ networks }) =>
      networks === undefined || Array.isArray(networks) ? [] : Object.entries(networks),
    ) as Array<[string, { ipv4_address: string }]>
    const given = addresses.map(([, { ipv4_address }]) => ipv4_address)
    expect(new Set(given).size).toBe(given.length)
    for (const [network, { ipv4_address }] of addresses) {
      expect(ipv4_address).toMatch(network === 'back' ? /^172\.28\.40\.\d+$/ : /^172\.28\.41\.\d+$/)
    }
  })

  it('publishes the ports that media servers are told to use', () => {
    const rtpengine = readFileSync('infra/rtpengine/rtpengine.conf', 'utf8')
    const freeswitch = readFileSync('infra/freeswitch/conf/autoload_configs/switch.conf.xml', 'utf8')
    const range = (text: string, first: RegExp, last: RegExp) => `${first.exec(text)![1]}-${last.exec(text)![1]}`
    expect(range(rtpengine, /port-min = (\d+)/, /port-max = (\d+)/)).toBe('30000-30199')
    expect(range(freeswitch, /rtp-start-port" value="(\d+)/, /rtp-end-port" value="(\d+)/)).toBe('16384-16583')
  })

  it('writes only addresses into secrets that the listeners can read', () => {
    const script = readFileSync(join(COMPOSE_FOLDER, 'make-secrets.sh'), 'utf8')
    const value = (name: string) =>
      new RegExp(`^make ${name} "(.*)"$`, 'm').exec(script)![1]!.replace(/\$\(content [a-z-]+\)/g, 'feed')
    const [pbx] = parseEslSwitches(value('esl-switches'))
    const address = stack.services['freeswitch']!.environment!['EVENT_SOCKET_ADDRESS']
    expect(pbx).toMatchObject({ name: 'pbx1', address: { host: address, port: 8021, password: 'feed' } })
    expect(value('esl-switches')).toMatch(/\?cdr=\/cdr$/)
    expect(stack.services['esl-listener']!.volumes).toContain('cdr:/cdr:ro')
    expect(stack.services['freeswitch']!.volumes).toContain(
      `cdr:${stack.services['freeswitch']!.environment!['CDR_DIR']}`,
    )
    const [sbc] = parseKamailioNodes(value('kamailio-nodes'))
    expect(sbc).toMatchObject({ name: 'sbc1', stream: 'kam:events' })
    expect(value('kamailio-nodes')).toContain(`@${stack.services['kamailio']!.environment!['RPC_ADDRESS']}:5080/RPC`)
    for (const name of Object.keys(stack.secrets)) expect(script).toMatch(new RegExp(`^make ${name} "`, 'm'))
  })

  it('keeps scripts that containers run by name of their shell free of the need to be executable', () => {
    for (const { definition } of services) {
      for (const volume of definition.volumes ?? []) {
        const [source] = volume.split(':') as [string]
        if (!source.endsWith('.sh')) continue
        // the MySQL image runs executable scripts apart, where its helpers are not known
        expect({ source, executable: (statSync(join(COMPOSE_FOLDER, source)).mode & 0o111) !== 0 }).toEqual({
          source,
          executable: false,
        })
      }
    }
  })
})
