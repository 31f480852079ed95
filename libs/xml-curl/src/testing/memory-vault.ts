import type { Sealed } from '@trunkline/domain'
import type { NewSecret, SecretPurpose, Vault } from '@trunkline/vault'

/** Secrets and persons in memory, unsealed; {@link MemoryVault.seal} gives what {@link MemoryVault.open} reads. */
export class MemoryVault implements Vault {
  readonly #secrets = new Map<string, NewSecret>()
  readonly #erased = new Set<string>()

  async putSecrets(secrets: readonly NewSecret[]): Promise<void> {
    for (const secret of secrets) this.#secrets.set(secret.id, secret)
  }

  async secrets(purpose: SecretPurpose, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const found = ids.flatMap((id) => this.#secrets.get(id) ?? []).filter((secret) => secret.purpose === purpose)
    return new Map(found.map(({ id, text }) => [id, text]))
  }

  async destroySecrets(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.#secrets.delete(id)
  }

  async seal(personId: string, text: string): Promise<Sealed> {
    return { keyId: personId, text: Buffer.from(text, 'utf8').toString('base64') }
  }

  async open(sealed: readonly (Sealed | null)[]): Promise<(string | null)[]> {
    return sealed.map((one) =>
      one === null || this.#erased.has(one.keyId) ? null : Buffer.from(one.text, 'base64').toString('utf8'),
    )
  }

  async erasePerson(personId: string): Promise<void> {
    this.#erased.add(personId)
  }

  sealText(text: string): string {
    return text
  }

  openText(sealed: string): string {
    return sealed
  }
}
