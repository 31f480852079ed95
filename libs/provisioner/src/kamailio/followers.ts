import { thingOfStream, type AnyThing, type Things } from '@trunkline/provisioning-views'

/**
 * Numbers and routes that lead to what has been removed, and whose rows name it. Commands refuse to remove what something
 * leads to, but two of them can pass each other.
 */
export async function followersOf(changed: readonly AnyThing[], things: Things): Promise<AnyThing[]> {
  const followers = new Map<string, AnyThing>()
  for (const { kind, id, status } of changed) {
    if (status !== 'removed' || kind === 'number' || kind === 'blocked_caller') continue
    for (const use of (await things.usersOf(kind, id)).flatMap((stream) => thingOfStream(stream) ?? [])) {
      if (use.kind !== 'number' && use.kind !== 'route_set') continue
      const thing = (await things.get(use.kind, use.id)) as AnyThing | undefined
      if (thing !== undefined && thing.status !== 'removed') followers.set(`${use.kind}/${use.id}`, thing)
    }
  }
  return [...followers.values()]
}
