import type { Thing } from '@trunkline/provisioning-views'
import type { Answering } from '../parts.js'
import { listAll } from '../list-all.js'
import { element, params, type Element } from '../xml/element.js'

/** One gateway for each host, in the order of hosts: the first has the id of the trunk, the others a number after it. */
export function gatewayNames({ id, document }: Thing<'trunk'>): string[] {
  return document.settings.hosts.map((_, i) => (i === 0 ? id : `${id}-${i + 1}`))
}

/** Gateways of all active trunks. One whose password is not to be had is left out: it could only fail. */
export async function gatewayElements({ things, vault }: Answering): Promise<Element[]> {
  const trunks = (await listAll(things, 'trunk')).filter(
    ({ status, document }) => status === 'active' && document.active,
  )
  const secretIds = trunks.flatMap(({ document }) => document.auth?.credential.secretId ?? [])
  const passwords = await vault.secrets('trunk', secretIds)
  return trunks.flatMap((trunk) => {
    const { auth } = trunk.document
    const password = auth === null ? undefined : passwords.get(auth.credential.secretId)
    if (auth !== null && password === undefined) return []
    return gatewayNames(trunk).map((name, i) => gatewayElement(trunk, { name, hostIndex: i, password }))
  })
}

interface Gateway {
  readonly name: string
  readonly hostIndex: number
  readonly password: string | undefined
}

function gatewayElement({ document }: Thing<'trunk'>, { name, hostIndex, password }: Gateway): Element {
  const { auth, settings } = document
  const { hosts, transport, registration } = settings
  const { host, port } = hosts[hostIndex]!
  // the account is registered once, however many hosts there are
  const registers = registration !== null && auth !== null && hostIndex === 0
  const address = host.includes(':') ? `[${host}]` : host
  const values = {
    username: auth?.username ?? 'trunkline',
    password: password ?? '',
    realm: auth?.realm ?? registration?.domain ?? host,
    'from-user': auth?.username,
    'from-domain': registration?.domain ?? host,
    proxy: `${address}:${port};transport=${transport}`,
    register: registers,
    'register-transport': transport,
    'expire-seconds': registration?.expiresSeconds,
    'caller-id-in-from': registration === null,
    context: 'from-trunks',
    // a registered account is called by its own name: the number that was dialled stands in To
    extension: registers ? 'auto_to_user' : undefined,
    ping: 30,
  }
  const codecs = element('variable', {
    name: 'absolute_codec_string',
    value: settings.codecs.join(','),
    direction: 'outbound',
  })
  return element('gateway', { name }, [...params(values), element('variables', {}, [codecs])])
}
