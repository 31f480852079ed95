import { NAME_MAX, type NamePattern, type PatternPiece } from './name-pattern.js'

/** Whether the whole name fits. Steps are at most pieces × length², whatever the pattern: nothing is tried twice. */
export function fitsPattern({ pieces }: NamePattern, name: string): boolean {
  if (name.length > NAME_MAX) return false
  let reached = new Set([0])
  for (const piece of pieces) {
    const next = new Set<number>()
    for (const from of reached) for (const end of endsOf(piece, name, from)) next.add(end)
    if (next.size === 0) return false
    reached = next
  }
  return reached.has(name.length)
}

function* endsOf({ set, min, max }: PatternPiece, name: string, from: number): Generator<number> {
  let count = 0
  while (count < max && from + count < name.length && set.includes(name[from + count]!)) {
    if (count >= min) yield from + count
    count++
  }
  if (count >= min) yield from + count
}

/** Whether there is a name of any length that fits both. Exact: walks the pairs of places that one name can lead to. */
export function patternsOverlap(a: NamePattern, b: NamePattern): boolean {
  const [left, right] = [stepsOf(a), stepsOf(b)]
  const seen = new Set<number>()
  const open: [number, number][] = [[0, 0]]
  const visit = (i: number, j: number) => {
    const key = i * (right.length + 1) + j
    if (!seen.has(key)) {
      seen.add(key)
      open.push([i, j])
    }
  }
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    const [i, j] = pair
    const [step, other] = [left[i], right[j]]
    if (step === undefined && other === undefined) return true
    if (step?.mayBeLeftOut) visit(i + 1, j)
    if (other?.mayBeLeftOut) visit(i, j + 1)
    if (step !== undefined && other !== undefined && [...step.set].some((char) => other.set.includes(char))) {
      visit(i + 1, j + 1)
    }
  }
  return false
}

interface Step {
  readonly set: string
  readonly mayBeLeftOut: boolean
}

/** One step for each character that may come: those above the lower count may be left out. */
function stepsOf({ pieces }: NamePattern): Step[] {
  return pieces.flatMap(({ set, min, max }) => Array.from({ length: max }, (_, i) => ({ set, mayBeLeftOut: i >= min })))
}
