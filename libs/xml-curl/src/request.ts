import { validateDialled, validateDomain } from '@trunkline/domain'

/** Fields of one request as FreeSWITCH sent them: nothing in them can be trusted to be well-formed. */
export type XmlCurlFields = ReadonlyMap<string, string>

/** Longest value that is looked at: a name or number, and a domain. */
const LONGEST = 64 + 1 + 64

/** The last value of a field that has any, with nothing in it that is too long to be meant. */
export function fieldOf(fields: XmlCurlFields, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = fields.get(name)
    if (value !== undefined && value !== '' && value.length <= LONGEST) return value
  }
  return undefined
}

/** The first of these fields that holds a domain, in lower case. */
export function domainOf(fields: XmlCurlFields, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const domain = fieldOf(fields, name)?.toLowerCase()
    if (domain !== undefined && validateDomain(name, domain).length === 0) return domain
  }
  return undefined
}

/** A name as people dial it; undefined when it is none. */
export function dialledName(text: string | undefined): string | undefined {
  return text !== undefined && validateDialled('name', text).length === 0 ? text : undefined
}

/**
 * Form-encoded text: of a body or of an address. A field that comes twice counts once, as it came last. Names are taken
 * as they stand: FreeSWITCH encodes values alone (`switch_event_build_param_string`), and names of headers that a caller
 * made up are among its names. Decoded, `X-Trunkline%2DUser`, which Kamailio lets pass, would be ours.
 */
export function parseForm(text: string): XmlCurlFields {
  return new Map(
    text.split('&').flatMap((pair): [string, string][] => {
      const end = pair.indexOf('=')
      return end < 1 ? [] : [[pair.slice(0, end), new URLSearchParams(pair.slice(end)).get('') ?? '']]
    }),
  )
}
