import { TRUNKS_PROFILE } from '../globals.js'
import type { Answering } from '../parts.js'
import { fieldOf, type XmlCurlFields } from '../request.js'
import { element, params, type Element } from '../xml/element.js'
import { gatewayElements } from './gateways.js'
import { SOFIA_PROFILES } from './sofia-profiles.js'

/**
 * Profiles with all their settings, and in that of the trunks a gateway for each active trunk: both at start, one when
 * one is asked for. Undefined while gateways are off, or for a profile that is not ours.
 */
export async function sofiaConf(parts: Answering, fields: XmlCurlFields): Promise<readonly Element[] | undefined> {
  if (!parts.gateways) return undefined
  const asked = fieldOf(fields, 'profile')
  const names = Object.keys(SOFIA_PROFILES).filter((name) => asked === undefined || asked === name)
  if (names.length === 0) return undefined
  const gateways = names.includes(TRUNKS_PROFILE) ? await gatewayElements(parts) : []
  const profiles = names.map((name) =>
    profileElement(
      name as keyof typeof SOFIA_PROFILES,
      name === TRUNKS_PROFILE ? [included('sip_profiles/trunks/*.xml'), ...gateways] : [],
    ),
  )
  return [
    element('global_settings', {}, params({ 'log-level': 0, 'debug-presence': 0 })),
    // one that is asked for by its name is found in the static file
    element('profiles', {}, asked === undefined ? [...profiles, included('sip_profiles/others/*.xml')] : profiles),
  ]
}

/** Gateways and profiles that the operator has written down stay; the path is seen from the folder of the configuration. */
const included = (files: string): Element => element('X-PRE-PROCESS', { cmd: 'include', data: files })

function profileElement(name: keyof typeof SOFIA_PROFILES, gateways: readonly Element[]): Element {
  const { alias, settings } = SOFIA_PROFILES[name]
  return element('profile', { name }, [
    element('aliases'),
    element('gateways', {}, gateways),
    element('domains', {}, [element('domain', { name: 'all', alias, parse: false })]),
    element('settings', {}, params(settings)),
  ])
}
