import { headerText } from './event-summary.js'
import type { SwitchEvent } from './switch-event.js'

interface HeaderFilter {
  readonly name: string
  readonly value: string
}

/** What one client wants to hear: event names, subclasses of CUSTOM, format and header filters. */
export class Subscription {
  format: 'json' | 'plain' = 'plain'
  readonly #names = new Set<string>()
  readonly #subclasses = new Set<string>()
  #filters: HeaderFilter[] = []

  get active(): boolean {
    return this.#names.size > 0 || this.#subclasses.size > 0
  }

  /** Takes the words after `event`. Names add to earlier ones; all words after CUSTOM are subclasses. False: no name. */
  listen(words: readonly string[]): boolean {
    const rest = [...words]
    const format = rest[0]?.toLowerCase()
    if (format === 'json' || format === 'plain') {
      this.format = format
      rest.shift()
    }
    this.#each(rest, (set, word) => set.add(word))
    return rest.length > 0
  }

  /** `nixevent`: stops the named ones. */
  nix(words: readonly string[]): void {
    this.#each(words, (set, word) => set.delete(word))
  }

  /** `noevents`. */
  clear(): void {
    this.#names.clear()
    this.#subclasses.clear()
  }

  addFilter(name: string, value: string): void {
    this.#filters.push({ name, value })
  }

  /** Without a value all filters of that header go; `all` clears them. */
  deleteFilter(name: string, value: string | undefined): void {
    if (name === 'all') this.#filters = []
    else this.#filters = this.#filters.filter((f) => f.name !== name || (value !== undefined && f.value !== value))
  }

  wants(event: SwitchEvent): boolean {
    return this.#subscribed(event) && (this.#filters.length === 0 || this.#passes(event))
  }

  #subscribed({ summary }: SwitchEvent): boolean {
    if (this.#names.has('ALL')) return true
    if (summary.name !== 'CUSTOM') return this.#names.has(summary.name)
    return this.#subclasses.has(summary.subclass)
  }

  /** As in mod_event_socket: one filter that fits lets an event pass, one that starts with `-` and fits stops it. */
  #passes({ headers }: SwitchEvent): boolean {
    let pass = false
    for (const { name, value } of this.#filters) {
      if (!(name in headers)) continue
      const negative = value.startsWith('-')
      const wanted = value.replace(/^[+\- ]+/, '')
      if (!matches(headerText(headers, name), wanted)) continue
      if (negative) return false
      pass = true
    }
    return pass
  }

  #each(words: readonly string[], act: (set: Set<string>, word: string) => void): void {
    let custom = false
    for (const word of words) {
      if (custom) act(this.#subclasses, word)
      else if (word.toUpperCase() === 'CUSTOM') custom = true
      else act(this.#names, word.toUpperCase())
    }
  }
}

function matches(actual: string, wanted: string): boolean {
  const pattern = /^\/(.*)\/$/.exec(wanted)?.[1]
  if (pattern === undefined) return actual.toLowerCase() === wanted.toLowerCase()
  try {
    return new RegExp(pattern).test(actual)
  } catch {
    return false
  }
}
