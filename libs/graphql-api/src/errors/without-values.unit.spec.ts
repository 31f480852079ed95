import { describe, expect, it } from '@jest/globals'
import { buildSchema, getVariableValues, parse, validate, type OperationDefinitionNode } from 'graphql'
import { withoutValues } from './without-values.js'

const schema = buildSchema(`
  enum E { alpha beta }
  input I { a: String!, p: String, e: E, n: Int, f: Float, b: Boolean, id: ID, l: [I!] }
  type Query { x(i: I!, e: E): Int }
`)
const document = parse('query($i: I!) { x(i: $i) }')
const [operation] = document.definitions as OperationDefinitionNode[]

function ofVariables(i: unknown): string[] {
  const { errors = [] } = getVariableValues(schema, operation!.variableDefinitions!, { i }) as {
    errors?: readonly { message: string }[]
  }
  return errors.map(({ message }) => message)
}

function ofDocument(text: string): string[] {
  try {
    return validate(schema, parse(text)).map(({ message }) => message)
  } catch (error) {
    return [(error as Error).message]
  }
}

describe('a fault of a request', () => {
  it.each([
    [{ a: 'x', q: 'S3cret' }, '; Field "q" is not defined by type "I". Did you mean'],
    [{ a: 53_735 }, ' at "i.a"; String cannot represent a non string value.'],
    [{ p: 'S3cret; at "i.p"; Field "S3cret" is not' }, '; Field "a" of required type "String!" was not provided.'],
    ['S3cret', '; Expected type "I" to be an object.'],
    [{ a: 'x', e: 'alphaS3cret' }, ' at "i.e"; Value does not exist in "E" enum.'],
    [{ a: 'x', e: 53_735 }, ' at "i.e"; Enum "E" cannot represent non-string value.'],
    [{ a: 'x', n: 'S3cret' }, ' at "i.n"; Int cannot represent non-integer value.'],
    [{ a: 'x', n: 5_373_500_000 }, ' at "i.n"; Int cannot represent non 32-bit signed integer value.'],
    [{ a: 'x', f: 'S3cret' }, ' at "i.f"; Float cannot represent non numeric value.'],
    [{ a: 'x', id: { p: 'S3cret; secret' } }, 'Variable "$i" got an invalid value.'],
    [{ a: 'x', l: [{ a: ['S3cret'] }] }, ' at "i.l[0].a"; String cannot represent a non string value.'],
    [{ a: 'x', l: [null] }, ' at "i.l[0]"; Expected non-nullable type "I!" not to be null.'],
  ])('in a variable such as %j tells where and why, and never the value', (value, words) => {
    const messages = ofVariables(value)
    expect(messages).not.toEqual([])
    const told = messages.map(withoutValues).join('\n')
    expect(told).toContain(words)
    expect(told).not.toMatch(/S3cret|53735|5373500000/)
  })

  it.each([
    ['{ x(i: { a: S3cret }) }', 'String cannot represent a non string value.'],
    ['{ x(i: "S3cret") }', 'Expected value of type "I!".'],
    ['{ x(i: { a: "x", e: alphaS3cret }) }', 'Value does not exist in "E" enum.'],
    ['{ x(i: { a: "x", e: "S3cret" }) }', 'Enum "E" cannot represent non-enum value.'],
    ['{ x(i: { a: "x", b: "S3cret" }) }', 'Boolean cannot represent a non boolean value.'],
    ['{ x(i: { a: "x" "S3cret" }) }', 'Syntax Error: Expected Name, found String.'],
    ['{ x(i: { a "S3cret" }) }', 'Syntax Error: Expected ":", found String.'],
    ['{ x(i: { a: "x" 53735 }) }', 'Syntax Error: Expected Name, found Int.'],
    ['{ x """S3cret""" }', 'Syntax Error: Expected Name, found BlockString.'],
    ['{ y }', 'Cannot query field "y" on type "Query".'],
  ])('in the document %s', (text, words) => {
    const told = ofDocument(text).map(withoutValues).join('\n')
    expect(told).toContain(words)
    expect(told).not.toMatch(/S3cret|53735/)
  })
})
