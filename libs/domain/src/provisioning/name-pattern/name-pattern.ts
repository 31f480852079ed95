/**
 * Patterns over dialled names such as `care4w-[0-9]{7}`: a small language of our own, so that every pattern can be
 * translated to the regular expressions of Kamailio (POSIX, PCRE) and FreeSWITCH (PCRE), and none can make a switch
 * search for ever. A pattern is a row of pieces and fits the whole name. There are no groups and no alternatives.
 *
 *     piece  = (letter | digit | _ | - | '\' any-of ". + * #" | class) [count]
 *     class  = '[' (character | character '-' character)+ ']'      no negation; `-` as itself comes last
 *     count  = '?' | '+' | '*' | '{' n '}' | '{' n ',' m '}'        + and * mean up to 64
 */
export interface PatternPiece {
  /** The characters that fit, each once, in the order of their codes. */
  readonly set: string
  readonly min: number
  readonly max: number
}

export interface NamePattern {
  readonly pieces: readonly PatternPiece[]
}

/** Longest name there is. */
export const NAME_MAX = 64
/** Width of `dialplan.match_exp` in Kamailio's tables. */
const PCRE_MAX = 64
const PIECES_MAX = 32
/** Sum of all upper counts: bounds the work of every comparison. */
const SPAN_MAX = 256

const PLAIN = /^[A-Za-z0-9_-]$/
const IN_CLASS = /^[A-Za-z0-9_.+*#]$/
const ESCAPED = /^[.+*#]$/

export type Parsed = { readonly pattern: NamePattern } | { readonly rule: string }

class BrokenRule extends Error {}

/** The pattern, or the rule that the text breaks. */
export function parseNamePattern(text: string): Parsed {
  try {
    const pattern = { pieces: [...readPieces(String(text))] }
    checkSize(pattern)
    return { pattern }
  } catch (error) {
    if (error instanceof BrokenRule) return { rule: error.message }
    throw error
  }
}

function checkSize(pattern: NamePattern): void {
  const { pieces } = pattern
  const sum = (of: 'min' | 'max') => pieces.reduce((all, piece) => all + piece[of], 0)
  if (pieces.length > PIECES_MAX) throw new BrokenRule(`must have at most ${PIECES_MAX} pieces`)
  if (sum('min') < 1) throw new BrokenRule('must not fit the empty name')
  if (sum('min') > NAME_MAX) throw new BrokenRule(`must fit a name of at most ${NAME_MAX} characters`)
  if (sum('max') > SPAN_MAX) throw new BrokenRule(`must have counts that add up to at most ${SPAN_MAX}`)
  if (toPcre(pattern).length > PCRE_MAX) throw new BrokenRule(`must be at most ${PCRE_MAX} characters when written out`)
}

function* readPieces(text: string): Generator<PatternPiece> {
  let at = 0
  while (at < text.length) {
    const [set, afterSet] = readSet(text, at)
    const [count, afterCount] = readCount(text, afterSet)
    at = afterCount
    yield { set, ...count }
  }
}

function readSet(text: string, at: number): [string, number] {
  const first = text[at]!
  if (first === '[') return readClass(text, at + 1)
  if (first === '\\') {
    if (!ESCAPED.test(text[at + 1] ?? '')) throw new BrokenRule('must have one of . + * # after \\')
    return [text[at + 1]!, at + 2]
  }
  if (!PLAIN.test(first))
    throw new BrokenRule('must be made of letters, digits, _ - \\. \\+ \\* \\# classes and counts')
  return [first, at + 1]
}

function readClass(text: string, start: number): [string, number] {
  const end = text.indexOf(']', start)
  if (end <= start) throw new BrokenRule('must close each class, and leave none empty')
  const body = text.slice(start, end)
  const set = new Set<string>()
  for (let at = 0; at < body.length; at++) {
    const first = body[at]!
    if (first === '-' && at === body.length - 1) set.add('-')
    else if (!IN_CLASS.test(first))
      throw new BrokenRule('must have letters, digits and _ . + * # in classes, and - last')
    else if (body[at + 1] === '-' && at + 2 < body.length) {
      for (const char of range(first, body[at + 2]!)) set.add(char)
      at += 2
    } else set.add(first)
  }
  return [[...set].sort().join(''), end + 1]
}

function range(first: string, last: string): string[] {
  const alike = [/[0-9]/, /[a-z]/, /[A-Z]/].some((kind) => kind.test(first) && kind.test(last))
  if (!alike || first > last) throw new BrokenRule('must have ranges within 0-9, a-z or A-Z, upwards')
  const from = first.charCodeAt(0)
  return Array.from({ length: last.charCodeAt(0) - from + 1 }, (_, i) => String.fromCharCode(from + i))
}

function readCount(text: string, at: number): [{ min: number; max: number }, number] {
  switch (text[at]) {
    case '?':
      return [{ min: 0, max: 1 }, at + 1]
    case '+':
      return [{ min: 1, max: NAME_MAX }, at + 1]
    case '*':
      return [{ min: 0, max: NAME_MAX }, at + 1]
    case '{': {
      const [all, least, most] = /^\{([0-9]{1,2})(?:,([0-9]{1,2}))?\}/.exec(text.slice(at)) ?? []
      const [min, max] = [Number(least), Number(most ?? least)]
      if (all === undefined || max < min || max < 1 || max > NAME_MAX) {
        throw new BrokenRule(`must have counts {n} or {n,m} with n not above m and m from 1 to ${NAME_MAX}`)
      }
      return [{ min, max }, at + all.length]
    }
    default:
      return [{ min: 1, max: 1 }, at]
  }
}

/** The anchored expression, the same for PCRE and POSIX extended: bounded counts, no escape within classes. */
export function toPcre({ pieces }: NamePattern): string {
  return `^${pieces.map((piece) => writeSet(piece.set) + writeCount(piece)).join('')}$`
}

function writeCount({ min, max }: PatternPiece): string {
  if (min === 1 && max === 1) return ''
  if (min === 0 && max === 1) return '?'
  return min === max ? `{${min}}` : `{${min},${max}}`
}

function writeSet(set: string): string {
  if (set.length === 1) return ESCAPED.test(set) ? `\\${set}` : set
  let text = ''
  const chars = [...set].filter((char) => char !== '-')
  for (let at = 0; at < chars.length;) {
    let last = at
    while (isNext(chars[last]!, chars[last + 1])) last++
    text += last - at >= 2 ? `${chars[at]}-${chars[last]}` : chars.slice(at, last + 1).join('')
    at = last + 1
  }
  return `[${text}${set.includes('-') ? '-' : ''}]`
}

function isNext(char: string, next: string | undefined): boolean {
  return next !== undefined && /[A-Za-z0-9]/.test(char) && /[A-Za-z0-9]/.test(next) && code(next) === code(char) + 1
}

function code(char: string): number {
  return char.charCodeAt(0)
}
