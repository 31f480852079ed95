import { validateDomain, validateExtension } from '@trunkline/domain'

/** A room, queue or menu of a tenant, as the switch names it. */
export interface NumberOfTenant {
  readonly number: string
  readonly tenant: string
}

/** Conferences and menus: without `@`, which ends the name of a conference in its application. */
export const hyphenName = ({ number, tenant }: NumberOfTenant) => `${number}-${tenant}`
/** Queues, and agents with the user name in place of the number: as mod_callcenter's own samples are named. */
export const atName = ({ number, tenant }: NumberOfTenant) => `${number}@${tenant}`

export const fromHyphenName = (name: string | undefined) => split(name, '-', isNumber)
export const fromAtName = (name: string | undefined) => split(name, '@', () => true)

const isNumber = (text: string) => validateExtension('number', text).length === 0

function split(
  name: string | undefined,
  by: string,
  fits: (number: string) => boolean,
): { readonly number: string; readonly tenant: string } | undefined {
  const at = name?.indexOf(by) ?? -1
  if (name === undefined || at < 1) return undefined
  const [number, tenant] = [name.slice(0, at), name.slice(at + 1)]
  return fits(number) && validateDomain('tenant', tenant).length === 0 ? { number, tenant } : undefined
}
