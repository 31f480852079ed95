import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { decodeJsonEvent, decodePlainEvent, percentDecode } from './decode-event.js'
import { EslFramer } from './framer.js'

const capture = (name: string) =>
  gunzipSync(
    readFileSync(
      fileURLToPath(new URL(`../../../test/captures/freeswitch/${name}/events.json.raw.gz`, import.meta.url)),
    ),
  )

function framesOf(chunks: Iterable<Buffer>, maxBody?: number): { frames: string[]; broken: string | undefined } {
  const frames: string[] = []
  const framer = new EslFramer({
    onFrame: (frame) => frames.push(`${frame.contentType} ${frame.body.toString('latin1')}`),
    ...(maxBody === undefined ? {} : { maxBody }),
  })
  for (const chunk of chunks) framer.push(chunk)
  return { frames, broken: framer.broken }
}

describe('the framer', () => {
  const stream = capture('d-busy-486').subarray(0, 60_000)
  const whole = framesOf([stream]).frames

  it('gives the same frames at every split offset', () => {
    expect(whole.length).toBeGreaterThan(5)
    for (let at = 1; at < 3_000; at++)
      expect(framesOf([stream.subarray(0, at), stream.subarray(at)]).frames).toEqual(whole)
  })

  it('gives the same frames however often the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 4000 }), { minLength: 1, maxLength: 200 }), (sizes) => {
        const chunks: Buffer[] = []
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const size = sizes[turn % sizes.length]!
          chunks.push(stream.subarray(at, at + size))
          at += size
        }
        expect(framesOf(chunks).frames).toEqual(whole)
      }),
      { numRuns: 40 },
    )
    expect(framesOf([...stream.subarray(0, 20_000)].map((byte) => Buffer.from([byte]))).frames.length).toBeGreaterThan(
      1,
    )
  })

  it('takes any bytes without dying', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc
        .constantFrom(
          '\n\n',
          'Content-Length: -5\n\n',
          'Content-Length: 99999999999999999999\n\n',
          'Content-Length: 3\n\nab',
          'Content-Type: text/event-json\nContent-Length: 2\n\n{]',
          ': \n\n',
          '%',
          '-ERR 100% wrong\n\n',
        )
        .map((text) => Buffer.from(text)),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        framesOf(pieces)
        const framer = new EslFramer({
          onFrame: (frame) => [decodeJsonEvent(frame.body), decodePlainEvent(frame.body)],
        })
        for (const one of pieces) framer.push(one)
      }),
      { numRuns: 500 },
    )
  })

  it('finds its way back after garbage', () => {
    const good = Buffer.from('Content-Type: command/reply\nReply-Text: +OK\n\n')
    expect(framesOf([Buffer.from('\0\xff garbage without colon\n\n', 'latin1'), good]).frames.at(-1)).toBe(
      'command/reply ',
    )
  })

  it('reads a body of 50 MB that comes in small chunks in linear time', () => {
    const body = Buffer.alloc(50 * 1024 * 1024, 0x61)
    const chunks = [Buffer.from(`Content-Type: api/response\nContent-Length: ${body.length}\n\n`)]
    for (let at = 0; at < body.length; at += 16_384) chunks.push(body.subarray(at, at + 16_384))
    let length = 0
    const framer = new EslFramer({ onFrame: (frame) => (length = frame.body.length) })
    const started = performance.now()
    for (const chunk of chunks) framer.push(chunk)
    expect(length).toBe(body.length)
    // quadratic buffering takes tens of seconds here
    expect(performance.now() - started).toBeLessThan(3_000)
  })

  it('gives up on what cannot be survived, and says why', () => {
    expect(framesOf([Buffer.from('Content-Type: api/response\nContent-Length: 2000\n\n')], 1000).broken).toContain(
      '2000 bytes',
    )
    expect(framesOf([Buffer.alloc(70_000, 0x61)]).broken).toContain('header block')
  })
})

describe('event bodies', () => {
  it('keep invalid UTF-8 as replacement characters and lose no event', () => {
    let events = 0
    let replaced = 0
    const framer = new EslFramer({
      onFrame: (frame) => {
        if (frame.contentType !== 'text/event-json') return
        const event = decodeJsonEvent(frame.body)
        expect(event).toBeDefined()
        events++
        if (JSON.stringify(event).includes('\ufffd')) replaced++
      },
    })
    framer.push(capture('gg-hostile-content'))
    expect(events).toBeGreaterThan(700)
    expect(replaced).toBeGreaterThan(50)
  })

  it('that are no JSON object are undefined', () => {
    for (const body of ['', '[]', 'null', '{"a":', '"x"', '1'])
      expect(decodeJsonEvent(Buffer.from(body))).toBeUndefined()
  })

  it('in plain form decode escapes byte by byte and leave wrong ones alone', () => {
    expect(percentDecode('J%C3%BCrgen')).toBe('Jürgen')
    expect(percentDecode('100% wrong %zz %')).toBe('100% wrong %zz %')
    expect(percentDecode('%E9%FF')).toBe('\ufffd\ufffd')
    const event = decodePlainEvent(
      Buffer.from('Event-Name: X\nvariable_a: ARRAY%3A%3A1|%3A2\nContent-Length: 3\n\nabc'),
    )
    expect(event).toEqual({ 'Event-Name': 'X', variable_a: ['1', '2'], 'Content-Length': '3', _body: 'abc' })
  })
})
