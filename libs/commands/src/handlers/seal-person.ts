import type { PersonChange, SealedPerson } from '@trunkline/domain'
import type { Vault } from '@trunkline/vault'

/** As a caller gives it: undefined leaves a part as it is, null takes it away. */
export interface Person {
  readonly displayName?: string | null | undefined
  readonly email?: string | null | undefined
  readonly phone?: string | null | undefined
}

const PARTS = ['displayName', 'email', 'phone'] as const

/**
 * A person's data sealed with that person's key. What is the same as before stays sealed as it was, so that a change to
 * what is true already is none. Throws `PersonErasedError`.
 */
export async function sealPerson(
  vault: Pick<Vault, 'seal' | 'open'>,
  { id, person, current }: { id: string; person: Person; current?: SealedPerson | undefined },
): Promise<PersonChange> {
  const given = PARTS.filter((part) => person[part] !== undefined)
  const known = current === undefined || given.length === 0 ? [] : await vault.open(given.map((part) => current[part]))
  const sealed = await Promise.all(
    given.map(async (part, i) => {
      const text = person[part]!
      if (text === null) return [part, null] as const
      return [part, known[i] === text ? current![part] : await vault.seal(id, text)] as const
    }),
  )
  return Object.fromEntries(sealed)
}
