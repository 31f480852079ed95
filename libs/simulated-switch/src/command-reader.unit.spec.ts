import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { CommandReader } from './command-reader.js'

const word = fc.stringMatching(/^[a-z]{1,12}$/)
const command = fc.record({ line: word, job: fc.option(word), body: fc.option(fc.stringMatching(/^[a-z\n]{0,20}$/)) })

describe('reading commands', () => {
  it('gives the same commands however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 6 }), fc.array(fc.nat(200)), (commands, cuts) => {
        const text = commands.map(({ line, job, body }) => {
          const headers = [
            job === null ? [] : [`Job-UUID: ${job}`],
            body === null ? [] : [`Content-Length: ${body.length}`],
          ]
          return `${[line, ...headers.flat()].join('\n')}\n\n${body ?? ''}`
        })
        const bytes = Buffer.from(text.join(''))
        const reader = new CommandReader()
        const edges = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length]
        const read = edges.slice(1).flatMap((end, index) => reader.read(bytes.subarray(edges[index], end)))
        expect(read.map(({ line, headers }) => ({ line, job: headers.get('job-uuid') ?? null }))).toEqual(
          commands.map(({ line, job }) => ({ line, job })),
        )
      }),
    )
  })

  it.each(['-5', 'many', '1e99'])('is not led astray by Content-Length: %s', (length) => {
    expect(() => new CommandReader().read(Buffer.from(`exit\nContent-Length: ${length}\n\n`))).not.toThrow()
  })

  it('takes no command without end', () => {
    expect(() => new CommandReader().read(Buffer.alloc(300_000, 'a'))).toThrow(RangeError)
  })
})
