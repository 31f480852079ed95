import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { AppData, appData, label, UnsafeAppDataError } from './app-data.js'
import { element, renderDocument } from './element.js'
import { escapeForeign, escapeXml } from './xml-text.js'

describe('text in XML', () => {
  it('is written by references where it would mean something', () => {
    expect(escapeXml(`<a b="c" d='e'>&\t\n\r`)).toBe('&lt;a b=&quot;c&quot; d=&apos;e&apos;&gt;&amp;&#9;&#10;&#13;')
  })
  it('loses what XML cannot hold: control characters, lone surrogates, U+FFFE', () => {
    expect(escapeXml('a\u0000b\u0008c\u001fd\ud800e\udc00f\ufffeg\uffffh')).toBe('abcdefgh')
    expect(escapeXml('ü😀\u0085')).toBe('ü😀\u0085')
  })
  it('gives no global variable away when it is not ours', () => {
    expect(escapeForeign('$${event_socket_password}')).toBe('&#36;&#36;{event_socket_password}')
    expect(renderDocument(element('a', { b: '$${x}', c: new AppData('$${y}') }))).toBe(
      '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n<a b="&#36;&#36;{x}" c="$${y}"/>\n',
    )
  })
  it('never brings markup, instructions of the preprocessor or a line of its own', () => {
    const text = fc.string({
      unit: fc.constantFrom('<', '>', '"', "'", '&', '$', '{', '!', '-', '?', '\n', '\u0000', 'X', ';'),
    })
    fc.assert(
      fc.property(text, (value) => {
        const [declaration, ...lines] = renderDocument(element('a', { b: value }))
          .trimEnd()
          .split('\n')
        expect(declaration).toMatch(/^<\?xml [^<>]*\?>$/)
        expect(lines).toHaveLength(1)
        expect(lines[0]).toMatch(/^<a b="[^<>"'$]*"\/>$/)
      }),
    )
  })
  it('stands one element on a line', () => {
    const tree = element('a', {}, [
      element('b', { c: 1 }),
      undefined,
      element('d', {}, [element('e', { f: undefined })]),
    ])
    expect(renderDocument(tree).split('\n').slice(1)).toEqual([
      '<a>',
      '  <b c="1"/>',
      '  <d>',
      '    <e/>',
      '  </d>',
      '</a>',
      '',
    ])
  })
  it('has names of ours alone', () => {
    expect(() => element('a b')).toThrow(TypeError)
    expect(() => element('a', { 'b="': 1 })).toThrow(TypeError)
  })
})

describe('data of applications', () => {
  it('takes names, numbers and what was made the same way', () => {
    const inner = appData`sofia/x/${'alice'}@${'example.org'}`
    expect(appData`[a=${1}]${inner}|${'*98'}`.text).toBe('[a=1]sofia/x/alice@example.org|*98')
  })
  it('takes nothing that means something there', () => {
    for (const char of [...'${},|[]\'^:\n\r\t"\\ <>&;()=/%!?`~\u0000ü']) {
      expect(() => appData`x${`a${char}b`}`).toThrow(UnsafeAppDataError)
    }
    for (const number of [1.5, NaN, Infinity]) expect(() => appData`${number}`).toThrow(UnsafeAppDataError)
  })
  it('is safe or refused, whatever is put in', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        try {
          expect(appData`${value}`.text).toMatch(/^[A-Za-z0-9_.+*#@-]*$/)
        } catch (error) {
          expect(error).toBeInstanceOf(UnsafeAppDataError)
        }
      }),
    )
  })
})

describe('a label', () => {
  it('keeps names of people', () => {
    expect(label('Jürgen Groß')).toBe('Jürgen Groß')
    expect(label("Conan O'Brien, M.D.")).toBe('Conan O Brien M.D.')
    expect(label('李小龍')).toBe('李小龍')
  })
  it('means nothing to FreeSWITCH', () => {
    expect(label('${system(rm -rf)}$${x}|[a=b]\n^^:')).not.toMatch(/[${}|[\]\n^:=]/)
    expect(label('$'.repeat(100))).toBe('')
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        expect(label(value)).not.toMatch(/[${},|[\]'"^:\\<>\n\r\t=;%`!?/]/)
        expect(label(value).length).toBeLessThanOrEqual(64)
      }),
    )
  })
})
