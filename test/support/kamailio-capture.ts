/** Events and answers that a real Kamailio gave. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Fact } from '@trunkline/domain'
import { translateKamailioEvent, type UnknownEventError, type UnreadableEventError } from '@trunkline/kamailio'

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), '../captures/kamailio')

/** Entries as they stand in the Redis stream: those that only evapi sends (`hello`) are left out. */
export function kamailioEntries(): string[] {
  return readFileSync(join(FOLDER, 'events.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line.includes('"ev":') && !line.includes('"ev":"hello"'))
}

export function kamailioFacts(onTrouble?: (error: UnreadableEventError | UnknownEventError) => void): Fact[] {
  return kamailioEntries().flatMap((entry) => translateKamailioEvent(entry, 'sbc1', onTrouble) ?? [])
}

/** The member `result` of an answer to `method`. */
export function rpcResult(method: string): unknown {
  const text = readFileSync(join(FOLDER, 'rpc', `${method}.json`), 'utf8')
  return (JSON.parse(text) as { result: unknown }).result
}
