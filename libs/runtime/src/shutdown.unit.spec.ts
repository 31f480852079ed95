import { describe, expect, it } from '@jest/globals'
import { createLogger } from './logger.js'
import { Shutdown } from './shutdown.js'

const logger = createLogger({ level: 'silent', name: 'test' })

describe('shutdown', () => {
  it('stops what was started last first, once, and goes on when a step fails', async () => {
    const order: string[] = []
    const shutdown = new Shutdown({ logger, onBegin: () => void order.push('begin') })
    shutdown.add('store', () => void order.push('store'))
    shutdown.add('broken', () => {
      throw new Error('no')
    })
    shutdown.add('listener', async () => {
      await new Promise((resolve) => setTimeout(resolve, 1))
      order.push('listener')
    })
    expect(await Promise.all([shutdown.run(), shutdown.run()])).toEqual([false, false])
    expect(order).toEqual(['begin', 'listener', 'store'])
  })

  it('ends at the first signal when all is stopped, and at once at the second', async () => {
    const codes: number[] = []
    let release = () => undefined as void
    const exited = new Promise<void>((resolve) => {
      const shutdown = new Shutdown({
        logger,
        exit: (code) => {
          codes.push(code)
          if (code === 0) resolve()
          else release()
        },
      })
      shutdown.add('slow', () => new Promise<void>((done) => (release = done)))
      shutdown.listen()
    })
    process.emit('SIGTERM')
    await Promise.resolve()
    process.emit('SIGTERM')
    await exited
    expect(codes).toEqual([130, 0])
  })
})
