import { validateSipName } from '@trunkline/domain'
import type { Thing } from '@trunkline/provisioning-views'
import { NOT_FOUND, sectionDocument } from '../document.js'
import type { Answering } from '../parts.js'
import { domainOf, fieldOf, type XmlCurlFields } from '../request.js'
import { element } from '../xml/element.js'
import { userElement } from './user-element.js'

/**
 * A user of the directory. Whatever it is asked for (authentication, a call, voicemail, `user_data`), the answer is the
 * same, since FreeSWITCH keeps one for all of them. Gateways of users and lists of addresses are not ours.
 */
export async function answerDirectory(parts: Answering, fields: XmlCurlFields): Promise<string> {
  const name = fieldOf(fields, 'user')
  const tenant = domainOf(fields, 'domain', 'key_value')
  if (name === undefined || tenant === undefined || fieldOf(fields, 'purpose') !== undefined) return NOT_FOUND
  if ((fieldOf(fields, 'key') ?? 'id') !== 'id' || validateSipName('user', name).length > 0) return NOT_FOUND

  const thing = await parts.things.byName(tenant, name)
  if (thing?.kind !== 'sip_user' || thing.status !== 'active') return NOT_FOUND
  const isAlias = thing.name !== name.toLowerCase()
  // digests are of the user name, so nobody can authenticate by another one
  if (isAlias && fieldOf(fields, 'action') === 'sip_auth') return NOT_FOUND
  return await userDocument(parts, thing, { name, isAlias })
}

async function userDocument(
  parts: Answering,
  user: Thing<'sip_user'>,
  asked: { readonly name: string; readonly isAlias: boolean },
): Promise<string> {
  const users = element('users', {}, [await userElement(parts, user, asked)])
  const group = element('group', { name: 'default' }, [users])
  const domain = element('domain', { name: user.tenant }, [element('groups', {}, [group])])
  return sectionDocument('directory', domain)
}
