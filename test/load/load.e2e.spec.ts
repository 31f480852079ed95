/** `npm run load` as an operator runs it, reduced: two listeners, two projectors and a Kamailio, with kills in the middle. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { LoadReport } from './report.js'

describe('npm run load', () => {
  let folder: string
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'trunkline-load-test-'))))
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  function start(...args: string[]) {
    // what it leaves behind would be here
    const env = { ...process.env, NODE_OPTIONS: '', TMPDIR: folder }
    const child = spawn(process.execPath, ['tools/load.mjs', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let out = ''
    child.stdout.on('data', (chunk: Buffer) => (out += String(chunk)))
    child.stderr.on('data', (chunk: Buffer) => (out += String(chunk)))
    const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, out }))
    const says = async (text: string) => {
      while (!out.includes(text) && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 50))
    }
    return { child, ended, says }
  }

  const leftOver = () => readdirSync(folder).filter((name) => name.startsWith('trunkline-'))

  it('loses and doubles nothing when a listener and the publishing projector are killed', async () => {
    const json = join(folder, 'report.json')
    const asked = ['--calls', '20', '--registrations', '50', '--rate', '10', '--seconds', '12', '--expires', '20']
    const { code, out } = await start(...asked, '--failover', '--json', json).ended
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('nothing lost, nothing doubled') })
    const report = JSON.parse(readFileSync(json, 'utf8')) as LoadReport
    expect(report.failures).toEqual([])
    const { calls, feed, phones } = report
    expect(calls.begun).toBeGreaterThan(80)
    expect(calls.mostOpen).toBeGreaterThanOrEqual(20)
    expect(calls).toMatchObject({ ended: calls.begun, records: calls.begun, missing: 0, doubled: 0, wrong: 0 })
    expect(feed).toMatchObject({ connections: 2, missing: 0, doubled: 0 })
    // each begins and ends, and eight of ten are answered
    expect(feed.latencyMs.count).toBeGreaterThan(2.7 * calls.begun)
    expect(phones).toMatchObject({ endpoints: 50, contacts: 50, missing: 0, doubled: 0 })
    expect(phones).toMatchObject({ callsPlaced: 12, callsMissing: 0, callsDoubled: 0, callsWrong: 0 })
    expect(report.killed).toEqual(['esl-listener 1', expect.stringMatching(/^projector [12]$/)])
    expect(report.parked).toBe(0)
    expect(report.metrics!.facts).toBeGreaterThan(calls.begun * 20)
    for (const name of ['esl-listener 2', 'graphql', 'Kafka', 'MariaDB', 'Kamailio', 'SIPp'])
      expect(report.processes.find((one) => one.name === name)!.memoryMb).toBeGreaterThan(1)
    expect(leftOver()).toEqual([])
  })

  it.each([
    ['on its way', 'calls begin'],
    ['while it starts', 'starting a deployment'],
  ])('takes its processes and folders with it when it is interrupted %s', async (_, moment) => {
    const { child, ended, says } = start('--engine', 'embedded', '--calls', '5', '--rate', '5', '--registrations', '10')
    await says(moment)
    if (moment === 'calls begin') expect(leftOver().length).toBeGreaterThan(2)
    child.kill('SIGINT')
    expect((await ended).code).toBe(130)
    expect(leftOver()).toEqual([])
    const running = execFileSync('ps', ['-eo', 'args']).toString()
    expect(running.split('\n').filter((line) => line.includes(folder))).toEqual([])
  })

  it('explains itself, and refuses what cannot be', async () => {
    expect(await start('--help').ended).toMatchObject({ code: 0, out: expect.stringContaining('usage: npm run load') })
    for (const args of [
      ['--calls', 'x'],
      ['--rate', '0'],
      ['--calls', '100', '--rate', '1', '--seconds', '10'],
      ['--url', 'http://x'],
      ['--what'],
    ])
      expect((await start(...args).ended).code).toBe(2)
  })
})
