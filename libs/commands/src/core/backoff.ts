import { setTimeout as pause } from 'node:timers/promises'

/** Conflicts in a row before a command is given back as BUSY. */
export const MOST_ATTEMPTS = 10
const SHORTEST_MS = 2
const LONGEST_MS = 250

/** Waits longer with each attempt, and not as long as others do. */
export async function backoff(attempt: number): Promise<void> {
  await pause(Math.random() * Math.min(LONGEST_MS, SHORTEST_MS * 2 ** attempt))
}
