/** Brings stored calls back into the book: those still open, and those that facts refer to. */
import { isDialogLeg, type CallBook, type StoredCall } from '@trunkline/domain'
import type { Value } from '@trunkline/ports'
import type { ProjectionContext } from '../projection.js'
import { callLegsTable, callStatesTable, callsTable, channelsTable } from '../tables/call-tables.js'

const CHUNK = 400

export class CallLoader {
  constructor(private readonly context: ProjectionContext) {}

  async openCalls(): Promise<StoredCall[]> {
    return this.withLinked(await this.calls('s.open = 1', []))
  }

  /** Calls that own any of these legs, with the calls they touch. */
  async loadInto(book: CallBook, legIds: readonly string[]): Promise<void> {
    const unknown = [...new Set(legIds)].filter((id) => !book.has(id))
    const callIds = new Set<string>()
    for (const some of chunks(unknown)) {
      const sql = `SELECT DISTINCT call_id FROM ${this.table(channelsTable)} WHERE channel_id IN (${marks(some)})`
      for (const row of await this.context.tx.all<{ call_id: string }>(sql, some)) callIds.add(row.call_id)
    }
    if (callIds.size > 0) book.hydrate(await this.withLinked(await this.byId([...callIds])))
  }

  /**
   * A dialog that a proxy tells of and a leg of a switch's call with the same SIP Call-ID are the same dialog,
   * whichever of the two was heard of first.
   */
  async markHops(book: CallBook): Promise<void> {
    const touched = book.touchedDialogs()
    const sipCallIds = [...new Set(touched.flatMap((one) => one.sipCallIds))]
    const owners = new Map<string, { call_id: string; leg_id: string }[]>()
    const remember = (sipCallId: string, row: { call_id: string; leg_id: string }) =>
      owners.set(sipCallId, [...(owners.get(sipCallId) ?? []), row])
    for (const some of chunks(sipCallIds)) {
      const sql = `SELECT call_id, leg_id, sip_call_id FROM ${this.table(callLegsTable)} WHERE sip_call_id IN (${marks(some)})`
      for (const row of await this.context.tx.all<{ call_id: string; leg_id: string; sip_call_id: string }>(sql, some))
        remember(row.sip_call_id, row)
    }
    for (const { callId, sipCallIds: own } of touched)
      for (const one of own) remember(one, { call_id: callId, leg_id: callId })
    for (const rows of owners.values()) {
      const switched = rows
        .map((row) => row.call_id)
        .filter((id) => !isDialogLeg(id))
        .sort()
      const dialogs = rows.map((row) => row.call_id).filter(isDialogLeg)
      if (switched.length === 0 || dialogs.length === 0) continue
      await this.loadInto(book, dialogs)
      for (const dialog of dialogs) book.markHop(dialog, switched[0]!)
    }
  }

  private async withLinked(stored: readonly StoredCall[]): Promise<StoredCall[]> {
    const known = new Set(stored.map((call) => call.id))
    const linked = new Set<string>()
    for (const call of stored) {
      const { links } = JSON.parse(call.state) as { links: { callId: string }[] }
      for (const link of links) if (!known.has(link.callId)) linked.add(link.callId)
    }
    return linked.size === 0 ? [...stored] : [...stored, ...(await this.byId([...linked]))]
  }

  private async byId(ids: readonly string[]): Promise<StoredCall[]> {
    const found: StoredCall[] = []
    for (const some of chunks(ids)) found.push(...(await this.calls(`s.call_id IN (${marks(some)})`, some)))
    return found
  }

  private async calls(where: string, parameters: readonly Value[]): Promise<StoredCall[]> {
    const sql = `SELECT s.call_id AS id, s.switch AS switch, c.conversation_id AS conversationId, s.state AS state
      FROM ${this.table(callStatesTable)} s JOIN ${this.table(callsTable)} c ON c.id = s.call_id WHERE ${where}`
    return this.context.tx.all<StoredCall>(sql, parameters)
  }

  private table(
    definition: typeof callStatesTable | typeof callsTable | typeof channelsTable | typeof callLegsTable,
  ): string {
    return this.context.table(definition).name
  }
}

function chunks<T>(items: readonly T[]): T[][] {
  const parts: T[][] = []
  for (let at = 0; at < items.length; at += CHUNK) parts.push(items.slice(at, at + CHUNK))
  return parts
}

function marks(items: readonly unknown[]): string {
  return items.map(() => '?').join(', ')
}
