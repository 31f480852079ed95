import type { Thing } from '@trunkline/provisioning-views'
import { digestsFromText } from '@trunkline/vault'
import { toPhones } from '../globals.js'
import type { Answering } from '../parts.js'
import { appData, label } from '../xml/app-data.js'
import { element, params, type AttributeValue, type Element } from '../xml/element.js'

export interface AskedUser {
  /** As it was asked for: FreeSWITCH looks for it in the answer. */
  readonly name: string
  /** Whether FreeSWITCH may keep it: it is told to forget a user under some names only. */
  readonly isKept: boolean
}

/** Never a password: the digest of one is all there is. Without a credential, nobody authenticates as this user. */
export async function userElement(
  { vault, cacheMs }: Answering,
  user: Thing<'sip_user'>,
  { name, isKept }: AskedUser,
): Promise<Element> {
  const { username, credential, person, limits } = user.document
  const [secrets, [displayName]] = await Promise.all([
    credential === null ? undefined : vault.secrets('sip_user', [credential.secretId]),
    vault.open([person.displayName]),
  ])
  const secret = credential === null ? undefined : secrets?.get(credential.secretId)
  const settings = params({
    'a1-hash': secret === undefined ? undefined : digestsFromText(secret).ha1,
    'allow-empty-password': false,
    'dial-string': toPhones(user.tenant, username, appData`presence_id=${username}@${user.tenant},`),
    // there are no PINs of mailboxes, and a mailbox without one would be open
    'vm-enabled': false,
  })
  const shown = label(displayName ?? '')
  const variables = {
    trunkline_tenant: user.tenant,
    trunkline_user: user.id,
    accountcode: user.id,
    effective_caller_id_name: shown === '' ? undefined : shown,
    effective_caller_id_number: username,
    trunkline_concurrent_calls: limits.concurrentCalls ?? undefined,
    trunkline_calls_per_minute: limits.callsPerMinute ?? undefined,
  } satisfies Record<string, AttributeValue | undefined>
  const cacheable = isKept && cacheMs > 0 ? cacheMs : undefined
  return element('user', { id: name, cacheable }, [
    element('params', {}, settings),
    element('variables', {}, variableElements(variables)),
  ])
}

function variableElements(values: Readonly<Record<string, AttributeValue | undefined>>): Element[] {
  return Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [element('variable', { name, value })],
  )
}
