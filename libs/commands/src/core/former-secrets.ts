import type { ProvisioningEvent } from '@trunkline/domain'

/** Secrets that these events have put out of use. */
export function formerSecretsOf(events: readonly ProvisioningEvent[]): string[] {
  return events.flatMap(({ data }) => [
    ...('formerSecretId' in data && data.formerSecretId !== null ? [data.formerSecretId] : []),
    ...('formerSecretIds' in data ? data.formerSecretIds : []),
  ])
}
