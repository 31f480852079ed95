import { describe, expect, it } from '@jest/globals'
import { decodeJsonEvent } from './decode-event.js'
import { EslFramer } from './framer.js'

const event = (n: number, length = 0) => {
  const body = `{"Event-Name":"E${n}","x":"a Content-Length: 5 b"}`
  return `Content-Length: ${body.length + length}\nContent-Type: text/event-json\n\n${body}`
}

function read(text: string) {
  const names: unknown[] = []
  let garbage = 0
  const framer = new EslFramer({
    onFrame: (frame) => names.push(decodeJsonEvent(frame.body)?.['Event-Name']),
    onGarbage: () => garbage++,
  })
  for (const byte of Buffer.from(text)) framer.push(Buffer.from([byte]))
  return { names, garbage }
}

describe('a length that lies', () => {
  it('too short costs that event, says so, and no later one', () => {
    const { names, garbage } = read(event(1) + event(2, -7) + event(3) + event(4))
    expect(names).toEqual(['E1', undefined, 'E3', 'E4'])
    expect(garbage).toBe(1)
  })

  it('too long costs that event and the next, and no later one', () => {
    const { names } = read(event(1) + event(2, 7) + event(3) + event(4) + event(5))
    expect(names[0]).toBe('E1')
    expect(names.slice(-2)).toEqual(['E4', 'E5'])
  })

  it('missing or no number costs that event and no later one', () => {
    for (const head of ['Content-Type: text/event-json', 'Content-Length: -5\nContent-Type: text/event-json'])
      expect(read(`${event(1)}${head}\n\n{"Event-Name":"E2"}${event(3)}${event(4)}`).names.slice(-2)).toEqual([
        'E3',
        'E4',
      ])
  })
})
