/**
 * The open calls of any number of switches, and how facts change them. Deterministic and without side effects: the same
 * facts, in whatever order delivery allows and however often each, give the same records. It knows no clock and no store; whoever drives it
 * loads the calls that facts refer to (`referredLegs`, `hydrate`), applies, takes the changes (`drain`) and evicts.
 */
import type { ChannelFact } from '../facts/channel.facts.js'
import type { Fact } from '../facts/fact.js'
import type { CallRecord } from './call-record.js'
import { newCall, restoreCall, type CallWork, type StoredCall } from './call-state.js'
import { dialogEvidence, dialogLegs, dialogSnapshot, isDialogFact } from './dialog-evidence.js'
import { deriveCall } from './derive-call.js'
import { addChannelFact } from './leg-evidence.js'
import { parentOf, PICKUP, type Parent } from './leg-parent.js'
import { addMark, isHungUp, newLeg, variable, type LegState } from './leg-state.js'
import { isModuleFact, moduleEvidence } from './module-evidence.js'
import { applySnapshot } from './snapshot-evidence.js'

export interface CallChange {
  readonly callId: string
  readonly before: CallRecord | null
  /** Null when the call turned out to be part of `mergedInto`. */
  readonly after: CallRecord | null
  readonly mergedInto: string | null
  readonly state: CallWork
}

export class CallBook {
  private readonly calls = new Map<string, CallWork>()
  private readonly legs = new Map<string, LegState>()
  private readonly touched = new Set<string>()
  private readonly removed = new Map<string, { state: CallWork; into: string }>()
  /** Calls that were put back and whose record is not derived yet: those they touch may follow. */
  private fresh: CallWork[] = []

  leg(id: string): LegState | undefined {
    return this.legs.get(id)
  }

  has(legId: string): boolean {
    return this.legs.has(legId)
  }

  /**
   * Puts stored calls back. A call is told anew only when evidence changes it. Gives the ids of calls that they touch
   * and that are not here: those have to follow before facts are applied, so that the book holds whole conversations.
   */
  hydrate(stored: readonly StoredCall[]): string[] {
    const touched = new Set<string>()
    for (const one of stored) {
      if (this.calls.has(one.id)) continue
      const call = restoreCall(one)
      this.calls.set(call.id, call)
      for (const leg of call.legs.values()) this.legs.set(leg.id, leg)
      for (const link of call.links.values()) touched.add(link.callId)
      this.fresh.push(call)
    }
    return [...touched].filter((id) => !this.calls.has(id))
  }

  private deriveFresh(): void {
    if (this.fresh.length === 0) return
    for (const call of this.fresh) call.told = deriveCall(call, this)
    this.fresh = []
  }

  apply(fact: Fact): void {
    this.deriveFresh()
    if (fact.type === 'switch.snapshot') applySnapshot(this, fact)
    else if (fact.type === 'dialog.snapshot') applySnapshot(this, dialogSnapshot(fact))
    else if (isDialogFact(fact)) for (const one of dialogEvidence(fact)) this.applyChannel(one)
    else if (isModuleFact(fact)) {
      const evidence = moduleEvidence(fact)
      if (evidence === null) return
      const leg = this.ensureLeg(evidence.leg, fact.key)
      if (!addMark(leg, evidence.mark)) return
      if (leg.core === '') leg.core = fact.data.core
      this.touch(leg.callId)
      if (evidence.other !== null) this.link(leg, this.ensureLeg(evidence.other, fact.key))
    } else if (isChannelFact(fact)) this.applyChannel(fact)
  }

  private applyChannel(fact: ChannelFact): void {
    const leg = this.ensureLeg(fact.data.channel, fact.key)
    if (!addChannelFact(leg, fact)) return
    this.touch(leg.callId)
    const parent = parentOf(fact)
    if (parent !== null && !this.isTooLate(parent, fact.time)) this.adopt(leg, parent, fact.key)
    this.releaseLate(leg, fact.key)
    if (fact.type === 'channel.renamed' && fact.data.oldChannel !== undefined) this.rename(fact.data.oldChannel, leg)
    if (fact.type === 'channel.bridged' || fact.type === 'channel.unbridged') this.applyBridge(leg, fact)
    if (fact.type === 'channel.executed' && fact.data.application === 'eavesdrop') {
      const target = fact.data.applicationData?.trim()
      if (target !== undefined && this.legs.has(target)) this.link(leg, this.legs.get(target)!)
    }
  }

  /** A pick-up code that was dialled too late names a call that is over, and picks up nothing. */
  private isTooLate(parent: Parent, time: number): boolean {
    return (
      parent.rank === PICKUP &&
      (this.legs.get(parent.id)?.marks.some((mark) => isHungUp(mark.k) && mark.t < time) ?? false)
    )
  }

  /** The same, when the end of what was to be picked up is heard of last. */
  private releaseLate(target: LegState, switchName: string): void {
    if (!target.marks.some((mark) => isHungUp(mark.k))) return
    for (const leg of [...(this.calls.get(target.callId)?.legs.values() ?? [])]) {
      if (leg.parent?.id !== target.id || leg.parent.rank !== PICKUP) continue
      const tried = leg.marks.find((mark) => mark.k === 'executed' && mark.a === 'intercept')
      if (tried === undefined || !this.isTooLate(leg.parent, tried.t)) continue
      leg.parent = null
      this.settle(leg, switchName)
    }
  }

  /** The event comes on one of the two channels only; both legs need to know. */
  private applyBridge(leg: LegState, fact: ChannelFact): void {
    const peerId = fact.data.bridgeA === leg.id ? fact.data.bridgeB : (fact.data.bridgeA ?? fact.data.otherLeg)
    if (peerId === undefined || peerId === leg.id) return
    const peer = this.ensureLeg(peerId, fact.key)
    const mark = leg.marks.find((one) => one.id === fact.id)
    if (mark !== undefined && addMark(peer, mark)) this.touch(peer.callId)
    this.link(leg, peer)
  }

  /** The leg, made when it is not known yet; its call is its root's until evidence says otherwise. */
  ensureLeg(id: string, switchName: string): LegState {
    const known = this.legs.get(id)
    if (known !== undefined) return known
    const leg = newLeg(id)
    this.legs.set(id, leg)
    this.callFor(id, switchName).legs.set(id, leg)
    this.touch(id)
    return leg
  }

  openLegs(switchName: string): LegState[] {
    return [...this.calls.values()]
      .filter((call) => call.switch === switchName)
      .flatMap((call) => [...call.legs.values()])
  }

  touch(callId: string): void {
    this.touched.add(callId)
  }

  /** Records who brought a leg about, and moves it and what it brought about to that call. */
  adopt(leg: LegState, parent: Parent, switchName: string): void {
    if (parent.id === leg.id || (leg.parent !== null && leg.parent.rank >= parent.rank)) return
    const loop = this.weakestLink(parent.id, leg.id)
    if (loop !== null && loop.parent!.rank >= parent.rank) return
    // better evidence goes the other way round: the weaker link was wrong
    if (loop !== null) loop.parent = null
    leg.parent = parent
    this.settle(leg, switchName)
  }

  /** On the way from a leg up to its would-be descendant: the leg whose own parent is known worst; null when there is no way. */
  private weakestLink(id: string, ancestor: string): LegState | null {
    let weakest: LegState | null = null
    for (let at = this.legs.get(id); at !== undefined; at = this.legs.get(at.parent?.id ?? '')) {
      if (at.id === ancestor) return weakest
      if (at.parent !== null && (weakest === null || at.parent.rank < weakest.parent!.rank)) weakest = at
    }
    return null
  }

  private rootOf(leg: LegState): string {
    let at = leg
    while (at.parent !== null) {
      const up = this.legs.get(at.parent.id)
      if (up === undefined) return at.parent.id
      at = up
    }
    return at.id
  }

  private settle(leg: LegState, switchName: string): void {
    const from = this.calls.get(leg.callId)
    if (from === undefined) return
    const into = this.callFor(this.rootOf(leg), switchName)
    if (into === from) return
    for (const one of [...from.legs.values()]) {
      if (this.rootOf(one) !== into.id) continue
      from.legs.delete(one.id)
      into.legs.set(one.id, one)
      one.callId = into.id
    }
    this.touch(from.id)
    this.touch(into.id)
    this.moveLinks(from, into)
    if (from.legs.size === 0) {
      this.calls.delete(from.id)
      this.removed.set(from.id, { state: from, into: into.id })
    }
  }

  private moveLinks(from: CallWork, into: CallWork): void {
    for (const [key, link] of [...from.links]) {
      if (!into.legs.has(link.ownLeg)) continue
      from.links.delete(key)
      const other = this.legs.get(link.otherLeg)
      const otherCall = other === undefined ? undefined : this.calls.get(other.callId)
      const back = `${link.otherLeg} ${link.ownLeg}`
      if (otherCall === into) into.links.delete(back)
      else {
        into.links.set(key, link)
        otherCall?.links.set(back, { callId: into.id, ownLeg: link.otherLeg, otherLeg: link.ownLeg })
      }
    }
    this.relabel(into)
    this.relabel(from)
  }

  private rename(oldId: string, leg: LegState): void {
    const old = this.legs.get(oldId)
    if (old === undefined || old === leg) return
    for (const mark of old.marks) addMark(leg, mark)
    if (old.first !== null && (leg.first === null || leg.first.t > old.first.t)) leg.first = old.first
    if (leg.last === null) leg.last = old.last
    const call = this.calls.get(old.callId)
    this.legs.delete(oldId)
    call?.legs.delete(oldId)
    if (old.parent !== null) this.adopt(leg, old.parent, call?.switch ?? '')
    if (call !== undefined && call.legs.size === 0) {
      this.calls.delete(call.id)
      this.removed.set(call.id, { state: call, into: leg.callId })
      this.touch(call.id)
    }
  }

  private callFor(id: string, switchName: string): CallWork {
    const known = this.calls.get(id)
    if (known !== undefined) return known
    const revived = this.removed.get(id)
    this.removed.delete(id)
    const call = newCall(id, switchName)
    call.told = revived?.state.told ?? null
    this.calls.set(id, call)
    return call
  }

  /** Remembers that legs of two calls touched, on both sides. */
  link(a: LegState, b: LegState): void {
    const callA = this.calls.get(a.callId)
    const callB = this.calls.get(b.callId)
    if (callA === undefined || callB === undefined || callA === callB) return
    callA.links.set(`${a.id} ${b.id}`, { callId: callB.id, ownLeg: a.id, otherLeg: b.id })
    callB.links.set(`${b.id} ${a.id}`, { callId: callA.id, ownLeg: b.id, otherLeg: a.id })
    this.touch(callA.id)
    this.touch(callB.id)
    this.relabel(callA)
  }

  /** Conversation id = the smallest call id among calls that touch, directly or by others. */
  private relabel(start: CallWork): void {
    const members = this.conversation(start)
    let smallest = start.id
    for (const call of members) if (call.id < smallest) smallest = call.id
    for (const call of members) {
      if (call.conversationId === smallest) continue
      call.conversationId = smallest
      this.touch(call.id)
    }
  }

  /** A call with all that touch it, directly or by others. */
  private conversation(start: CallWork): Set<CallWork> {
    const members = new Set<CallWork>([start])
    for (const call of members) {
      for (const link of call.links.values()) {
        const other = this.calls.get(this.legs.get(link.otherLeg)?.callId ?? link.callId)
        if (other !== undefined) members.add(other)
      }
    }
    return members
  }

  /** SIP Call-IDs of the calls that changed, to look for the same dialog seen by another node. */
  touchedDialogs(): { callId: string; sipCallIds: string[] }[] {
    return [...this.touched].flatMap((callId) => {
      const legs = [...(this.calls.get(callId)?.legs.values() ?? [])]
      const sipCallIds = legs.flatMap(
        (leg) => variable(leg.last?.data, 'sip_call_id') ?? variable(leg.first?.data, 'sip_call_id') ?? [],
      )
      return sipCallIds.length === 0 ? [] : [{ callId, sipCallIds: [...new Set(sipCallIds)] }]
    })
  }

  /** A proxy's dialog that is also a leg of a switch's call is a hop of that call, not a call of its own. */
  markHop(callId: string, hopOf: string): void {
    this.deriveFresh()
    const call = this.calls.get(callId)
    if (call === undefined || call.hopOf === hopOf) return
    call.hopOf = hopOf
    this.touch(callId)
  }

  /** Changes since the last time, each call once, in a stable order. */
  drain(): CallChange[] {
    this.deriveFresh()
    for (const id of [...this.touched]) {
      const call = this.calls.get(id)
      // what happens to a leg changes the calls it serves as a guest, too
      if (call !== undefined)
        for (const link of call.links.values()) this.touched.add(this.legs.get(link.otherLeg)?.callId ?? link.callId)
    }
    const changes: CallChange[] = []
    for (const [callId, { state, into }] of this.removed) {
      changes.push({ callId, before: state.told, after: null, mergedInto: this.legs.get(into)?.callId ?? into, state })
    }
    for (const callId of [...this.touched].sort()) {
      const call = this.calls.get(callId)
      if (call === undefined) continue
      const before = call.told
      const after = deriveCall(call, this)
      call.told = after
      changes.push({ callId, before, after, mergedInto: null, state: call })
    }
    this.touched.clear()
    this.removed.clear()
    return changes
  }

  /** Drops conversations whose calls have all ended. Call after what {@link drain} gave is stored. */
  evict(): void {
    const seen = new Set<CallWork>()
    for (const call of this.calls.values()) {
      if (call.told?.state !== 'ended' || seen.has(call)) continue
      const members = this.conversation(call)
      for (const one of members) seen.add(one)
      if ([...members].every((one) => one.told?.state === 'ended' && !this.touched.has(one.id)))
        for (const one of members) this.drop(one)
    }
  }

  private drop(call: CallWork): void {
    this.calls.delete(call.id)
    for (const leg of call.legs.keys()) this.legs.delete(leg)
  }

  /** Records of the calls in the book, as last told. */
  records(): CallRecord[] {
    this.deriveFresh()
    return [...this.calls.values()].flatMap((call) => call.told ?? [])
  }

  get size(): number {
    return this.calls.size
  }
}

/** Legs whose calls must be in the book before a fact is applied. */
export function referredLegs(fact: Fact): string[] {
  if (isModuleFact(fact)) {
    const evidence = moduleEvidence(fact)
    return evidence === null ? [] : evidence.other === null ? [evidence.leg] : [evidence.leg, evidence.other]
  }
  // a list may name a channel whose end was heard already: without its call it would come to life again
  if (fact.type === 'switch.snapshot') return fact.data.channels.map(({ channel }) => channel)
  if (fact.type === 'dialog.snapshot') return fact.data.dialogs.map(({ callId }) => dialogLegs(fact.key, callId).caller)
  if (isDialogFact(fact)) return [dialogLegs(fact.key, fact.data.callId).caller]
  if (!isChannelFact(fact)) return []
  const data = fact.data
  const ids = [data.channel, parentOf(fact)?.id]
  if (fact.type === 'channel.bridged' || fact.type === 'channel.unbridged')
    ids.push(data.bridgeA, data.bridgeB, data.otherLeg)
  if (fact.type === 'channel.renamed') ids.push(data.oldChannel)
  if (fact.type === 'channel.executed' && data.application === 'eavesdrop') ids.push(data.applicationData?.trim())
  return ids.filter((id): id is string => id !== undefined)
}

export function isChannelFact(fact: Fact): fact is ChannelFact {
  return (fact.type.startsWith('channel.') || fact.type.startsWith('recording.')) && 'channel' in fact.data
}
