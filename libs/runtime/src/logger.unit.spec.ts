import { describe, expect, it } from '@jest/globals'
import { createLogger } from './logger.js'

function capture(): { lines: () => Array<Record<string, unknown>>; logger: ReturnType<typeof createLogger> } {
  const written: string[] = []
  const logger = createLogger({
    level: 'info',
    name: 'test',
    destination: { write: (line) => void written.push(line) },
  })
  return { logger, lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>) }
}

describe('logger', () => {
  it('masks credentials in URLs wherever they stand', () => {
    const { logger, lines } = capture()
    logger.info(
      { url: 'redis://:pw@host/0', list: [{ deep: 'esl://:ClueCon@pbx' }] },
      'connected to esl://:ClueCon@pbx',
    )
    logger.error({ err: new Error('no answer from http://u:pw@host/x?token=abc') }, 'failed')
    const text = JSON.stringify(lines())
    expect(text).not.toMatch(/pw|ClueCon|abc/)
    expect(lines()[0]).toMatchObject({ level: 'info', url: 'redis://***@host/0', msg: 'connected to esl://***@pbx' })
    expect(lines()[1]).toMatchObject({ err: { message: 'no answer from http://***@host/x?token=***' } })
  })

  it('masks fields that are named like secrets', () => {
    const { logger, lines } = capture()
    logger.info({ password: 'x1', headers: { Authorization: 'Bearer x1' }, jwtSecret: 'x1', user: 'bob' }, 'hello')
    expect(JSON.stringify(lines())).not.toContain('x1')
    expect(lines()[0]).toMatchObject({ user: 'bob', password: '***' })
  })
})
