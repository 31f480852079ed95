import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { csvRecord } from './csv.js'

/** Reads one record as RFC 4180 says. */
function read(text: string): string[] {
  const fields: string[] = []
  let rest = text
  for (;;) {
    const match = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n$)/.exec(rest)
    if (match === null) throw new Error(`not CSV: ${rest}`)
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2]!)
    rest = rest.slice(match[0].length)
    if (match[3] !== ',') return fields
  }
}

describe('a CSV record', () => {
  it('gives back any text, but for the apostrophe before a formula', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), (cells) => {
        const back = read(csvRecord(cells))
        expect(back.map((cell, i) => (cell === `'${cells[i]}` ? cells[i] : cell))).toEqual(cells)
      }),
    )
  })

  it.each(['=1+1', '+cmd', '-2+3', '@SUM(A1)', '\t=1', '\r=1', '＝1'])('never begins a formula: %j', (text) => {
    expect(read(csvRecord([text]))).toEqual([`'${text}`])
  })

  it.each(['+4930123', '-5', '1.5'])('leaves the number %s alone', (text) => {
    expect(csvRecord([text, null, 7, undefined])).toBe(`${text},,7,\r\n`)
  })
})
