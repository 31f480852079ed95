import type { Thing, ThingKind, Things } from '@trunkline/provisioning-views'

const PAGE = 500

/** All living things of a kind, of all tenants. */
export async function listAll<K extends ThingKind>(things: Things, kind: K): Promise<Thing<K>[]> {
  const all: Thing<K>[] = []
  for (;;) {
    const page = await things.list(kind, { after: all.at(-1)?.id, limit: PAGE })
    all.push(...page)
    if (page.length < PAGE) return all
  }
}
