/** A moment of a captured call that keeps its meaning: its first event, its answer, its hangup; µs. */
export type Knot = number

/** Of a call that is answered, the time before that takes at most this share. */
const LONGEST_RINGING = 0.4

/**
 * Moves the moments of a captured call to a call that begins at `beginUs` and lasts `lastsUs` from the first knot to the
 * last: linear between two knots, so that order stays; outside of them as far away as it was. Up to an answer it takes
 * as long as captured, if there is time. All in µs.
 */
export function stretch(
  knots: readonly Knot[],
  { beginUs, lastsUs }: { readonly beginUs: number; readonly lastsUs: number },
): (us: number) => number {
  const [first, ...rest] = knots as [Knot, ...Knot[]]
  const goals = [beginUs]
  if (rest.length > 1) goals.push(beginUs + Math.min(rest[0]! - first, lastsUs * LONGEST_RINGING))
  goals.push(beginUs + lastsUs)
  return (us) => {
    if (us <= first) return beginUs + us - first
    for (let index = 1; index < knots.length; index++) {
      const [from, to] = [knots[index - 1]!, knots[index]!]
      if (us > to) continue
      const [begin, end] = [goals[index - 1]!, goals[index]!]
      return Math.round(begin + ((us - from) / (to - from)) * (end - begin))
    }
    return Math.round(goals.at(-1)! + us - knots.at(-1)!)
  }
}
