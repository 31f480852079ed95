import { describe, expect, it } from '@jest/globals'
import { HealthRegistry } from './health.js'

describe('health', () => {
  it('is ready only when every check is', async () => {
    const health = new HealthRegistry()
    health.addReady('store', () => ({ ok: true }))
    expect(await health.ready()).toEqual({ ok: true, checks: { store: { ok: true } } })
    health.addReady('switch', async () => ({ ok: false, detail: 'away' }))
    expect(await health.ready()).toMatchObject({ ok: false, checks: { switch: { ok: false, detail: 'away' } } })
    expect(await health.live()).toEqual({ ok: true, checks: {} })
  })

  it('counts a check that throws as failed', async () => {
    const health = new HealthRegistry()
    health.addLive('broken', () => {
      throw new Error('no')
    })
    expect(await health.live()).toEqual({ ok: false, checks: { broken: { ok: false, detail: 'no' } } })
  })

  it('is no longer ready while stopping, but alive', async () => {
    const health = new HealthRegistry()
    health.stopping()
    expect((await health.ready()).ok).toBe(false)
    expect((await health.live()).ok).toBe(true)
  })
})
