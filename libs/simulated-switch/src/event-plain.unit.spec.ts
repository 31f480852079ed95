import { describe, expect, it } from '@jest/globals'
import { plainFrame } from './event-plain.js'

const plain = (json: string | Buffer) => plainFrame(Buffer.from(json)).toString('latin1')

describe('plain events', () => {
  it('keep a header that stands twice, lists, and a body with its own length', () => {
    const json = '{"Event-Name":"A","N":"1","N":"2","L":["x]","y"],"Content-Length":"3","_body":"a\\nb"}'
    const content = 'Event-Name: A\nN: 1\nN: 2\nL: ARRAY%3A%3Ax%5D%7C%3Ay\nContent-Length: 3\n\na\nb'
    expect(plain(json)).toBe(`Content-Length: ${content.length}\nContent-Type: text/event-plain\n\n${content}`)
  })

  it('encode bytes that are no UTF-8 and characters that JSON spells as escapes', () => {
    const json = Buffer.concat([Buffer.from('{"A":"'), Buffer.from([0xe9, 0xff]), Buffer.from('\\u20ac\\n"}')])
    expect(plain(json)).toContain('A: %E9%FF%E2%82%AC%0A\n')
  })

  it('leave alone what looks encoded already, as FreeSWITCH does', () => {
    expect(plain('{"A":"100% %0A %zz"}')).toContain('A: 100%25%20%0A%20%25zz\n')
  })
})
