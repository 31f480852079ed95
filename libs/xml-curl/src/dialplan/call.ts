import { fromAtName } from '../names.js'
import { dialledName, domainOf, fieldOf, type XmlCurlFields } from '../request.js'
import type { Answering } from '../parts.js'

/** Of the header `X-Trunkline-User: NAME@DOMAIN` that Kamailio sets (infra/kamailio/kamailio.cfg). */
const CALLER_VARIABLE = 'variable_sip_h_X-Trunkline-User'

/** What of a request for the dialplan can be relied on. */
export interface Call {
  readonly context: string
  /** The caller has been looked at, so all names of their tenant are open to them. */
  readonly inside: boolean
  /** Undefined for a call from outside that has no tenant yet. */
  readonly tenant: string | undefined
  readonly dialled: string
  /** The user who calls, as FreeSWITCH itself or Kamailio has authenticated it; of {@link Call.tenant}. */
  readonly caller: string | undefined
  /** True when the call was in an answer of ours before: a menu, a queue or a room sent it on. */
  readonly sentOn: boolean
  /** True for a leg that FreeSWITCH made: it is in the dialplan because the other side has transferred it. */
  readonly isCalled: boolean
}

/** Undefined when it is not ours to answer. */
export function readCall(
  fields: XmlCurlFields,
  { insideContexts, outsideContexts }: Pick<Answering, 'insideContexts' | 'outsideContexts'>,
): Call | undefined {
  const context = fieldOf(fields, 'Hunt-Context', 'Caller-Context')
  const dialled = dialledName(fieldOf(fields, 'Hunt-Destination-Number', 'Caller-Destination-Number'))
  if (context === undefined || dialled === undefined) return undefined
  const isOurs = insideContexts.includes(context)
  if (!isOurs && !outsideContexts.includes(context)) return undefined
  // profiles of the sample configuration of FreeSWITCH have phones and strangers in one context
  const isHere = isAuthenticatedHere(fields)
  const inside = isOurs || isHere
  const tenant = tenantOf(fields, isOurs && !isHere)
  const isCalled = fieldOf(fields, 'Call-Direction') === 'outbound'
  return {
    context,
    inside,
    tenant,
    dialled,
    // headers of a caller may stand on the leg that they called, too
    caller: isCalled ? undefined : callerOf(fields, { tenant, inside }),
    sentOn: fields.has('variable_trunkline_tenant'),
    isCalled,
  }
}

/**
 * Whose names are dialled. `trunkline_tenant` is ours; `domain_name` is that of the user whom FreeSWITCH authenticated,
 * or was set by the static dialplan. `sip_req_host` is the domain of the request URI, which Kamailio has checked, and
 * nobody for a phone at FreeSWITCH itself. The To header is the caller's own word and never asked, nor is anything of a
 * call from outside.
 */
function tenantOf(fields: XmlCurlFields, isUriChecked: boolean): string | undefined {
  const ours = ['variable_trunkline_tenant', 'variable_domain_name']
  return domainOf(fields, ...ours, ...(isUriChecked ? ['variable_sip_req_host'] : []))
}

/**
 * From is the caller's own word; only who was authenticated counts: by FreeSWITCH itself, or by Kamailio, which says so in
 * a header of its own and takes away whatever came under that name. A phone that FreeSWITCH has authenticated did not come
 * by Kamailio, so the header would be the caller's own word again.
 */
function callerOf(fields: XmlCurlFields, { tenant, inside }: { tenant: string | undefined; inside: boolean }) {
  if (tenant === undefined || !inside) return undefined
  if (isAuthenticatedHere(fields)) {
    const isOfTenant = domainOf(fields, 'variable_domain_name') === tenant
    return isOfTenant ? dialledName(fieldOf(fields, 'variable_user_name')) : undefined
  }
  const byKamailio = fromAtName(fieldOf(fields, CALLER_VARIABLE)?.toLowerCase())
  return byKamailio?.tenant === tenant ? dialledName(byKamailio.number) : undefined
}

/**
 * As a user of the directory, by FreeSWITCH itself, which no caller can say in its stead. Calls of Kamailio and of
 * providers are `sip_authorized` too: by a list of addresses, which says nothing of a user.
 */
function isAuthenticatedHere(fields: XmlCurlFields): boolean {
  const isByAddress = fieldOf(fields, 'variable_sip_acl_authed_by') !== undefined
  const isUser = fieldOf(fields, 'variable_user_name') !== undefined
  return !isByAddress && isUser && fieldOf(fields, 'variable_sip_authorized') === 'true'
}
