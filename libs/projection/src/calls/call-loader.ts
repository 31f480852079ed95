/** Brings stored calls into the book: those that facts refer to, with all they touch. Nothing else is held. */
import { isDialogLeg, referredLegs, type CallBook, type Fact, type StoredCall } from '@trunkline/domain'
import { fitText, textLimit, type TableDefinition, type Value } from '@trunkline/ports'
import { chunks, marks } from '../nodes/chunks.js'
import type { ProjectionContext } from '../projection.js'
import { callLegsTable, callStatesTable, callsTable, channelsTable } from '../tables/call-tables.js'

/** Longer ones stand shortened in the table. */
const SIP_CALL_ID_LIMIT = textLimit(callLegsTable)

interface Owner {
  readonly sipCallId: string
  readonly callId: string
}

export class CallLoader {
  /** `complete`: switches all of whose open calls are in the book. */
  constructor(
    private readonly context: ProjectionContext,
    private readonly book: CallBook,
    private readonly complete: Set<string>,
  ) {}

  /** Loads every call that these facts may change. */
  async load(facts: readonly Fact[]): Promise<void> {
    // a list says something of all that it does not name, too
    for (const fact of facts)
      if (fact.type === 'switch.snapshot' || fact.type === 'dialog.snapshot') await this.openCalls(fact.key)
    await this.owners(facts.flatMap(referredLegs))
  }

  private async openCalls(switchName: string): Promise<void> {
    if (this.complete.has(switchName)) return
    await this.hydrate(await this.calls('s.open = 1 AND s.switch = ?', [switchName]))
    this.complete.add(switchName)
  }

  /** Calls that own any of these legs, with all they touch. */
  private async owners(legIds: readonly string[]): Promise<void> {
    const unknown = [...new Set(legIds)].filter((id) => !this.book.has(id))
    // a call has the id of the leg that began it, also when of that leg nothing was heard yet
    const callIds = new Set<string>(unknown)
    for (const some of chunks(unknown)) {
      const sql = `SELECT DISTINCT call_id FROM ${this.table(channelsTable)} WHERE channel_id IN (${marks(some)})`
      for (const row of await this.context.tx.all<{ call_id: string }>(sql, some)) callIds.add(row.call_id)
    }
    await this.hydrate(await this.byId([...callIds]))
  }

  /**
   * A dialog that a proxy tells of and a leg of a switch's call with the same SIP Call-ID are the same dialog,
   * whichever of the two was heard of first, and by whomever: the legs of others are looked up each time.
   */
  async markHops(): Promise<void> {
    const touched = this.book.touchedDialogs()
    const callsOf = new Map<string, Set<string>>()
    const remember = ({ sipCallId, callId }: Owner) => {
      const known = callsOf.get(sipCallId)
      if (known === undefined) callsOf.set(sipCallId, new Set([callId]))
      else known.add(callId)
    }
    for (const owner of await this.storedOwners(touched.flatMap(({ sipCallIds }) => sipCallIds))) remember(owner)
    for (const { callId, sipCallIds } of touched) for (const sipCallId of sipCallIds) remember({ sipCallId, callId })
    for (const callIds of callsOf.values()) {
      const [switched] = [...callIds].filter((id) => !isDialogLeg(id)).sort()
      const dialogs = [...callIds].filter(isDialogLeg)
      if (switched === undefined || dialogs.length === 0) continue
      await this.owners(dialogs)
      for (const dialog of dialogs) this.book.markHop(dialog, switched)
    }
  }

  /** Which calls own legs with these SIP Call-IDs. A row of a leg may be that of a guest: its owner is what counts. */
  private async storedOwners(sipCallIds: readonly string[]): Promise<Owner[]> {
    const found: Owner[] = []
    const whole = new Map(sipCallIds.map((id) => [fitText(id, SIP_CALL_ID_LIMIT), id]))
    for (const some of chunks([...whole.keys()])) {
      const sql = `SELECT l.leg_id AS legId, l.sip_call_id AS sipCallId, o.call_id AS callId
        FROM ${this.table(callLegsTable)} l JOIN ${this.table(channelsTable)} o ON o.channel_id = l.leg_id
        WHERE l.sip_call_id IN (${marks(some)})`
      for (const { legId, sipCallId, callId } of await this.context.tx.all<Owner & { legId: string }>(sql, some))
        found.push({ sipCallId: whole.get(sipCallId)!, callId: this.book.leg(legId)?.callId ?? callId })
    }
    return found
  }

  private async hydrate(stored: readonly StoredCall[]): Promise<void> {
    const asked = new Set<string>()
    let missing = this.book.hydrate(stored)
    while (missing.length > 0) {
      for (const id of missing) asked.add(id)
      missing = this.book.hydrate(await this.byId(missing)).filter((id) => !asked.has(id))
    }
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

  private table(definition: TableDefinition): string {
    return this.context.table(definition).name
  }
}
