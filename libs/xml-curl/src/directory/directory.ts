import { validateSipName } from '@trunkline/domain'
import type { Thing } from '@trunkline/provisioning-views'
import { NOT_FOUND, sectionDocument } from '../document.js'
import type { Answering } from '../parts.js'
import { domainOf, fieldOf, type XmlCurlFields } from '../request.js'
import { element } from '../xml/element.js'
import { userElement, type AskedUser } from './user-element.js'

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
  return await userDocument(parts, thing, { name, isKept: isForgettable(thing, name, fields) })
}

/**
 * FreeSWITCH keeps an answer under the names that it asked by, letter by letter, and is told to forget the user name as it
 * is written, and in small letters, of the tenant. Under another spelling, a suspended user would be there for a while yet.
 */
function isForgettable({ document, tenant }: Thing<'sip_user'>, name: string, fields: XmlCurlFields): boolean {
  const spellings = [document.username, document.username.toLowerCase()]
  return spellings.includes(name) && fieldOf(fields, 'domain', 'key_value') === tenant
}

async function userDocument(parts: Answering, user: Thing<'sip_user'>, asked: AskedUser): Promise<string> {
  const users = element('users', {}, [await userElement(parts, user, asked)])
  const group = element('group', { name: 'default' }, [users])
  const domain = element('domain', { name: user.tenant }, [element('groups', {}, [group])])
  return sectionDocument('directory', domain)
}
