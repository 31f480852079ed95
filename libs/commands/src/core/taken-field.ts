import { ProvisioningError, reservedValue, type Claim, type ProvisioningEvent } from '@trunkline/domain'

/** The refusal of a claim by the name of the field that the value came in. */
export function namedTaken(error: unknown, events: readonly ProvisioningEvent[], claim: Claim): unknown {
  if (!(error instanceof ProvisioningError) || error.code !== 'TAKEN') return error
  const rule = error.faults[0]?.rule ?? ''
  return new ProvisioningError('TAKEN', [{ field: fieldOf(events, claim), rule }])
}

function fieldOf(events: readonly ProvisioningEvent[], { kind, value }: Claim): string {
  if (kind === 'trunk') return 'name'
  for (const { type, data } of events) {
    if (type === 'sip_user.alias_added') return 'alias'
    if (type !== 'sip_user.created') continue
    const alias = data.aliases.findIndex((one) => reservedValue(one) === value)
    return alias < 0 ? 'username' : `aliases[${alias}]`
  }
  return 'number'
}
