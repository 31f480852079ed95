/**
 * What graphql-js says of a faulty request, without the values that were sent: one may be a password, and answers get into
 * logs. Names of fields and types stay, so that the fault can be found.
 */
export function withoutValues(message: string): string {
  const [, variable] = /^Variable "(\$\w+)" got invalid value /.exec(message) ?? []
  return variable === undefined ? ofLiteral(message) : ofVariable(variable, message)
}

const HINT = String.raw`(?: Did you mean (?:the enum value )?[\w ",]{1,300}\?)?`

/** Of literals in the document, and of text that cannot be parsed. */
function ofLiteral(message: string): string {
  for (const [pattern, words] of LITERALS) {
    const match = pattern.exec(message)
    if (match !== null) return words(match)
  }
  return message
}

const LITERALS: readonly (readonly [RegExp, (match: RegExpExecArray) => string])[] = [
  [/^((?:Enum "\w+"|\w+) cannot represent [\w -]*value): /, ([, rule]) => `${rule}.`],
  [
    new RegExp(`^Value "[^]*" does not exist in "(\\w+)" enum\\.(${HINT})`),
    ([, type, hint]) => `Value does not exist in "${type}" enum.${hint}`,
  ],
  [/^Expected value of type "([^"]+)", found /, ([, type]) => `Expected value of type "${type}".`],
  [/^(Syntax Error: .*?\b(?:String|BlockString|Int|Float)) "/, ([, fault]) => `${fault}.`],
]

/** `Variable "$input" got invalid value VALUE at "input.limits"; REASON`, where VALUE may hold anything. */
function ofVariable(variable: string, message: string): string {
  const end = message.lastIndexOf('; ')
  const reason = ofLiteral(message.slice(end + 2))
  const [, place] = / at "([\w.[\]]{1,200})"$/.exec(message.slice(0, Math.max(0, end))) ?? []
  const where = place === undefined ? '' : ` at "${place}"`
  return `Variable "${variable}" got an invalid value${where}${REASON.test(reason) ? `; ${reason}` : '.'}`
}

/** Reasons that are known to hold no value; others are left out. */
const REASON = new RegExp(
  `^(?:${[
    String.raw`Expected non-nullable type "[\w![\]]+" not to be null\.`,
    String.raw`Expected type "\w+" to be an object\.`,
    String.raw`Field "\w{1,64}" of required type "[\w![\]]+" was not provided\.`,
    String.raw`Field "\w{1,64}" is not defined by type "\w+"\.${HINT}`,
    String.raw`Value does not exist in "\w+" enum\.${HINT}`,
    String.raw`(?:Enum "\w+"|\w+) cannot represent [\w -]*value\.`,
    String.raw`Expected type "\w+"\. (?:a DateTime is written as in|Milliseconds are a whole number that) [\w:. -]+`,
  ].join('|')})$`,
)
