import { element, renderDocument, type Element } from './xml/element.js'

export type AnsweredSection = 'directory' | 'dialplan' | 'configuration'

/** A document of one section, as FreeSWITCH's own configuration is made of. */
export function sectionDocument(section: AnsweredSection, content: Element): string {
  return renderDocument(
    element('document', { type: 'freeswitch/xml' }, [element('section', { name: section }, [content])]),
  )
}

/** What mod_xml_curl takes for "nothing of mine": FreeSWITCH goes on with its static configuration. */
export const NOT_FOUND = renderDocument(
  element('document', { type: 'freeswitch/xml' }, [
    element('section', { name: 'result' }, [element('result', { status: 'not found' })]),
  ]),
)
