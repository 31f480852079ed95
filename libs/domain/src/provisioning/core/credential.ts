import * as s from '../../schema/schema.js'
import { isUuid } from '../validation/bounds.js'
import { refuse, type Fault } from './provisioning-error.js'

/** Where a secret lies; never the secret itself. */
export const credentialSchema = s.named(
  'CredentialReference',
  s.object({
    secretId: s.string('id in the store of secrets, a UUID'),
    credentialVersion: s.integer('1 for the first, then one more with each change'),
  }),
)
export type Credential = s.Static<typeof credentialSchema>

export function validateSecretId(field: string, value: string): Fault[] {
  return isUuid(value) ? [] : [{ field, rule: 'must be the id of a stored secret (a UUID), never the secret' }]
}

export function validateCredential(field: string, { secretId, credentialVersion }: Credential): Fault[] {
  const faults = validateSecretId(`${field}.secretId`, secretId)
  if (Number.isSafeInteger(credentialVersion) && credentialVersion >= 1) return faults
  return [...faults, { field: `${field}.credentialVersion`, rule: 'must be a whole number from 1' }]
}

export function validateFirstCredential(field: string, credential: Credential): Fault[] {
  const faults = validateCredential(field, credential)
  if (faults.length > 0 || credential.credentialVersion === 1) return faults
  return [{ field: `${field}.credentialVersion`, rule: 'must be 1 for the first credential' }]
}

/** True when the credential is the current one already; throws when it is not the one after it. */
export function isCurrentCredential(field: string, current: Credential | null, next: Credential): boolean {
  const version = current?.credentialVersion ?? 0
  if (current?.secretId === next.secretId && version === next.credentialVersion) return true
  if (next.credentialVersion !== version + 1) {
    refuse('STALE_CREDENTIAL', `${field}.credentialVersion`, `must be ${version + 1}, one more than the current one`)
  }
  if (current?.secretId === next.secretId)
    refuse('STALE_CREDENTIAL', `${field}.secretId`, 'must be that of a new secret')
  return false
}
