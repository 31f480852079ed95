import { describe, expect, it } from '@jest/globals'
import { contentDisposition } from './content-disposition.js'

describe('the proposed file name', () => {
  it.each([
    ['call 7.wav', 'attachment; filename="call 7.wav"'],
    ['', 'attachment'],
    ['é.wav', `attachment; filename="_.wav"; filename*=UTF-8''%C3%A9.wav`],
    ['a"b.wav', `attachment; filename="a_b.wav"; filename*=UTF-8''a%22b.wav`],
    ['50%.wav', `attachment; filename="50_.wav"; filename*=UTF-8''50%25.wav`],
    ["it's (1)*.wav", `attachment; filename="it's (1)_.wav"; filename*=UTF-8''it%27s%20%281%29%2a.wav`],
    ['../../etc/passwd', 'attachment; filename="__.._etc_passwd"'],
    ['..\\..\\x', 'attachment; filename="__.._x"'],
    ['x\r\nSet-Cookie: a=b', `attachment; filename="x__Set-Cookie_ a=b"; filename*=UTF-8''x__Set-Cookie%3A%20a%3Db`],
    ['\0', 'attachment; filename="_"'],
    ['gpj.\u202eexe', 'attachment; filename="gpj._exe"'],
    ['\ud800.wav', `attachment; filename="_.wav"; filename*=UTF-8''%EF%BF%BD.wav`],
    ['.bashrc', 'attachment; filename="_bashrc"'],
  ])('%j becomes %s', (filename, header) => {
    expect(contentDisposition('attachment', filename)).toBe(header)
  })

  it('is cut where it is too long, but never inside of a character', () => {
    const header = contentDisposition('inline', '😀'.repeat(1000))
    expect(header.length).toBeLessThan(2200)
    expect(decodeURIComponent(header.split("UTF-8''")[1]!)).toBe('😀'.repeat(150))
  })
})
