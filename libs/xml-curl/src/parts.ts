import type { Things } from '@trunkline/provisioning-views'
import type { Vault } from '@trunkline/vault'

export interface XmlCurlOptions {
  /**
   * Whether FreeSWITCH reaches providers itself, by a gateway for each active trunk. By default it does not: trunks are
   * Kamailio's, and a provider should not see two registrations of one account.
   */
  readonly gateways?: boolean | undefined
  /** How long FreeSWITCH may keep a user of the directory, ms; 0 for not at all. */
  readonly cacheMs?: number | undefined
  /** Contexts of the dialplan in which callers have been looked at: all names of the tenant are served. The first one gets calls that a menu or queue sends on. */
  readonly insideContexts?: readonly string[] | undefined
  /** Contexts of calls from the outside world: only telephone numbers are served. */
  readonly outsideContexts?: readonly string[] | undefined
}

/** What answers are made of. */
export interface XmlCurlParts {
  readonly things: Things
  readonly vault: Vault
  readonly options?: XmlCurlOptions | undefined
}

/** The same with nothing left open. */
export interface Answering {
  readonly things: Things
  readonly vault: Vault
  readonly gateways: boolean
  readonly cacheMs: number
  readonly insideContexts: readonly [string, ...string[]]
  readonly outsideContexts: readonly string[]
}

export function answering({ things, vault, options = {} }: XmlCurlParts): Answering {
  const [first = 'from-kamailio', ...others] = options.insideContexts ?? ['from-kamailio', 'internal', 'default']
  return {
    things,
    vault,
    gateways: options.gateways ?? false,
    cacheMs: options.cacheMs ?? 60_000,
    insideContexts: [first, ...others],
    outsideContexts: options.outsideContexts ?? ['from-trunks', 'public'],
  }
}
