/** The store as one would write to it without a thought: each row by a statement of its own. */
export function rowAtATime(store) {
  const one = (tx) =>
    new Proxy(tx, {
      get(target, name) {
        if (name === 'upsert' || name === 'remove')
          return async (table, rows) => {
            for (const row of rows) await target[name](table, [row])
          }
        return typeof target[name] === 'function' ? target[name].bind(target) : target[name]
      },
    })
  return new Proxy(store, {
    get(target, name) {
      if (name === 'transaction') return (work) => target.transaction((tx) => work(one(tx)))
      return typeof target[name] === 'function' ? target[name].bind(target) : target[name]
    },
  })
}
