import type { Database } from './database.js'
import { toFilter } from './event-filter.js'
import { caughtUpResponse, checkpointResponse, confirmation, eventResponse } from './read-responses.js'
import { write, type ReadCall, type ReadCounters } from './read-service.js'
import { invalidArgument } from './statuses.js'

/**
 * A catch-up subscription to all streams: confirmed first, then everything after the position, then a checkpoint (when it
 * filters) and the word that it has caught up, then events as they are appended. A filtered one tells a checkpoint
 * whenever it has looked at as many events as the interval says.
 */
export async function subscribeToAll(database: Database, call: ReadCall, counters: ReadCounters): Promise<void> {
  const options = call.request.getOptions()!
  const all = options.getAll()
  if (all === undefined) throw invalidArgument('this server knows subscriptions to all streams only')
  const filter = toFilter(options)
  const { log } = database
  const after = all.hasPosition() ? BigInt(all.getPosition()!.getCommitPosition()) : undefined
  let place = all.hasEnd() ? log.length : after === undefined ? 0 : database.placeOf(after + 1n)
  let sinceCheckpoint = 0
  let live = false
  const news = new Bell()
  const stop = database.onAppend(() => news.ring())
  call.on('cancelled', () => news.ring())
  call.on('close', () => news.ring())
  try {
    let open = await write(call, confirmation())
    while (open) {
      const event = log[place]
      if (event !== undefined) {
        place++
        counters.considered++
        sinceCheckpoint++
        if (filter === undefined || filter.matches(event)) open = await write(call, eventResponse(event, options))
        if (filter !== undefined && sinceCheckpoint >= filter.checkpointInterval) {
          sinceCheckpoint = 0
          open = await write(call, checkpointResponse(event.position))
        }
        continue
      }
      if (!live) {
        live = true
        const position = log[place - 1]?.position ?? 0n
        if (filter !== undefined) await write(call, checkpointResponse(position))
        await write(call, caughtUpResponse(position))
      }
      await news.rung()
      open = !call.cancelled && !call.destroyed
    }
  } finally {
    stop()
  }
}

/** Remembers that it rang until somebody has heard it. */
class Bell {
  #rang = Promise.withResolvers<void>()

  ring(): void {
    this.#rang.resolve()
  }

  async rung(): Promise<void> {
    await this.#rang.promise
    this.#rang = Promise.withResolvers<void>()
  }
}
