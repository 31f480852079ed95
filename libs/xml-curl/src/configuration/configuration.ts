import { NOT_FOUND, sectionDocument } from '../document.js'
import type { Answering } from '../parts.js'
import { fieldOf, type XmlCurlFields } from '../request.js'
import { element, type Element } from '../xml/element.js'
import { callcenterConf } from './callcenter-conf.js'
import { conferenceConf } from './conference-conf.js'
import { ivrConf } from './ivr-conf.js'
import { sofiaConf } from './sofia-conf.js'

type Conf = (parts: Answering, fields: XmlCurlFields) => Promise<readonly Element[] | undefined>

/** An answer takes the place of the whole static file, so each is whole for what was asked. */
const ANSWERED: ReadonlyMap<string, Conf> = new Map([
  ['callcenter.conf', callcenterConf],
  ['conference.conf', conferenceConf],
  ['ivr.conf', ivrConf],
  ['sofia.conf', sofiaConf],
])

/** Configuration of a module, where it is made of what is provisioned; every other file is the switch's own. */
export async function answerConfiguration(parts: Answering, fields: XmlCurlFields): Promise<string> {
  const name = fieldOf(fields, 'key_value')
  const content = name === undefined ? undefined : await ANSWERED.get(name)?.(parts, fields)
  if (name === undefined || content === undefined) return NOT_FOUND
  return sectionDocument('configuration', element('configuration', { name, description: 'Provisioned' }, content))
}
