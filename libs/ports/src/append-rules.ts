import type { NewEvent, Revision } from './event-store.js'

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/**
 * Refuses names that some event store would not keep as they are: empty ones, those with control characters or broken
 * surrogates, and those that begin with `$`, which KurrentDB keeps for itself. Throws `TypeError`.
 */
export function checkStreamName(stream: string): void {
  checkName(stream, 'stream')
}

/** Refuses what no event store takes, with a `TypeError`, so that every adapter refuses the same. */
export function checkAppend(stream: string, expected: Revision | 'none', events: readonly NewEvent[]): void {
  checkStreamName(stream)
  if (expected !== 'none' && !isCount(expected)) throw new TypeError(`not a revision: ${expected}`)
  for (const { id, type, version, time } of events) {
    if (!ID.test(id)) throw new TypeError(`not a UUID in lower case: ${id}`)
    checkName(type, 'event type')
    if (!isCount(version) || version === 0) throw new TypeError(`not a version: ${version}`)
    if (!isCount(time)) throw new TypeError(`not a time in µs: ${time}`)
  }
}

function checkName(name: string, what: string): void {
  if (name === '' || name.startsWith('$') || /\p{Cc}/u.test(name) || !name.isWellFormed()) {
    throw new TypeError(`not a name of a ${what}: ${JSON.stringify(name)}`)
  }
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}
