import { timingSafeEqual } from 'node:crypto'
import type { Viewer } from '@trunkline/access'
import type { Thing, Things } from '@trunkline/provisioning-views'
import { TokenBuckets } from '@trunkline/runtime'
import { digestsFromText, sipDigests, type Vault } from '@trunkline/vault'
import { z } from 'zod'
import { ProvisioningError } from '@trunkline/domain'
import { CommandError } from '@trunkline/commands'
import { PHONE_DEVICES } from './phone-guides.js'
import { makePhoneSetup, type PhoneSetup } from './phone-setup.js'

export const phoneSetupInput = z.strictObject({
  id: z.string().max(64).describe('id of the user'),
  device: z.enum(PHONE_DEVICES),
  password: z
    .string()
    .max(128)
    .optional()
    .describe('as it was shown when it was made; a placeholder stands in its place when left out'),
  cloudId: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,64}\*?$/, 'must be the id of an app at Acrobits')
    .optional()
    .describe('of your app at Acrobits, for its QR code'),
})
export type PhoneSetupInput = z.infer<typeof phoneSetupInput>

export const PHONE_SETUP_ROLES = ['operator', 'user'] as const

export interface PhoneSetupParts {
  readonly things: Things
  readonly vault: Vault
  readonly phoneServer: string | undefined
}

/** Wrong passwords for one user, by whoever: five at once, then one a minute, so that nobody guesses here. */
const wrongPasswords = new TokenBuckets(5, 1 / 60)

/**
 * How to set up a phone for a SIP user. Rejects with NOT_FOUND, with INVALID when the password is not the user's, and with
 * BUSY when too many wrong ones were tried.
 */
export async function phoneSetup(
  input: PhoneSetupInput,
  viewer: Viewer,
  { things, vault, phoneServer }: PhoneSetupParts,
): Promise<PhoneSetup> {
  const user = await things.get('sip_user', input.id)
  if (user === undefined || user.status === 'removed' || !maySee(viewer, user)) throw new ProvisioningError('NOT_FOUND')
  if (input.password !== undefined) await checkPassword(user, input.password, vault)
  const { username, person } = user.document
  const [displayName = null] = await vault.open([person.displayName])
  return makePhoneSetup(input.device, {
    username,
    domain: user.tenant,
    server: phoneServer,
    password: input.password ?? null,
    displayName,
    cloudId: input.cloudId ?? null,
  })
}

/** A user sees to the own phones only. */
function maySee({ role, tenant, user: name }: Viewer, user: Thing<'sip_user'>): boolean {
  if (role === 'user') return name.toLowerCase() === `${user.document.username}@${user.tenant}`.toLowerCase()
  return tenant === '*' || tenant === user.tenant
}

async function checkPassword(user: Thing<'sip_user'>, password: string, vault: Vault): Promise<void> {
  const { username, credential } = user.document
  const secretId = credential?.secretId
  const text = secretId === undefined ? undefined : (await vault.secrets('sip_user', [secretId])).get(secretId)
  if (!wrongPasswords.take(user.id, 0)) throw new CommandError('BUSY')
  const given = sipDigests({ username, domain: user.tenant, password }).ha1
  if (text !== undefined && timingSafeEqual(Buffer.from(digestsFromText(text).ha1), Buffer.from(given))) return
  wrongPasswords.take(user.id)
  throw new ProvisioningError('INVALID', [{ field: 'password', rule: 'must be the password that the user has' }])
}
