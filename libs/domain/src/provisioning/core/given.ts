type Given<T> = { [K in keyof T]: Exclude<T[K], undefined> }

/** A change without the parts that are undefined, which stay as they are. */
export function given<T extends object>(change: T): Given<T> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as Given<T>
}
