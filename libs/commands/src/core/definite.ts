/** Parts that are undefined are left out: aggregates tell what was not given by its absence. */
export function definite<T extends object>(parts: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) as never
}
