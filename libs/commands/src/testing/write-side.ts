/** A whole write side on files of its own. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Viewer } from '@trunkline/access'
import type { EventStore, ViewStore } from '@trunkline/ports'
import type { Things } from '@trunkline/provisioning-views'
import { openSqliteEventStore, openSqliteViewStore } from '@trunkline/sqlite'
import { createVault, type Vault } from '@trunkline/vault'
import type { CommandAnswer } from '../command.js'
import { createCommander, type CommanderOptions, type RunningCommander } from '../create-commander.js'
import { eventThings } from './event-things.js'

export const VAULT_KEY = Buffer.alloc(32, 7)
export const operator: Viewer = { role: 'operator', tenant: 'a.example', user: 'olga@a.example', expiresAt: Infinity }
export const root: Viewer = { role: 'admin', tenant: '*', user: 'root', expiresAt: Infinity }

export interface WriteSide {
  readonly folder: string
  readonly eventStore: EventStore
  readonly viewStore: ViewStore
  readonly vault: Vault
  readonly things: Things
  readonly commander: RunningCommander
  /** Lines of the log. */
  readonly log: string[]
  /** Sends a command with a new key, as an operator of a.example. */
  send(name: string, input: unknown, more?: Sending): Promise<CommandAnswer>
  dispose(): Promise<void>
}

export interface Sending {
  readonly key?: string
  readonly viewer?: Viewer
  readonly expectedRevision?: number
}

export function loggerInto(lines: string[]): CommanderOptions['logger'] {
  const note = (fields: object, message: string) => void lines.push(JSON.stringify({ message, ...fields }))
  return { info: note, warn: note, error: note }
}

export async function startWriteSide(
  options: Partial<CommanderOptions> & { viewStore?: ViewStore } = {},
): Promise<WriteSide> {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-commands-'))
  const eventStore = options.eventStore ?? openSqliteEventStore({ file: join(folder, 'events.sqlite') })
  const viewStore = options.viewStore ?? openSqliteViewStore({ file: join(folder, 'views.sqlite') })
  const vault = options.vault ?? (await createVault({ store: viewStore, key: VAULT_KEY, formerKeys: [] }))
  const things = options.things ?? eventThings(eventStore)
  const log: string[] = []
  const commander = await createCommander({ logger: loggerInto(log), ...options, eventStore, viewStore, vault, things })
  let keys = 0
  return {
    folder,
    eventStore,
    viewStore,
    vault,
    things,
    commander,
    log,
    send: (name, input, { key = `key-${++keys}`, viewer = operator, expectedRevision } = {}) =>
      commander.execute({ name, input, viewer, idempotencyKey: key, expectedRevision }),
    async dispose() {
      await commander.close()
      await eventStore.close()
      await viewStore.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
