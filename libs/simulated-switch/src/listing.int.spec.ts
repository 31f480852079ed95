import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from '@jest/globals'
import { CAPTURES, SpecSetting } from './spec-setting.js'

const setting = new SpecSetting()
afterEach(() => setting.close())

type Row = Record<string, string>
const rowsOf = (answer: string): Row[] => (JSON.parse(answer) as { rows?: Row[] }).rows ?? []
function recorded(scenario: string, file: string): Row[] {
  const answer = readFileSync(join(CAPTURES, scenario, 'api', file), 'utf8')
  return rowsOf(answer.slice(answer.indexOf('\n\n') + 2))
}
/** Events go on late enough after the gap for a busy machine to ask before them what is open. */
const GAP = { scenarios: ['ee-event-connection-gap'], settleMs: 2500 }
const SURE = [
  'uuid',
  'direction',
  'created',
  'created_epoch',
  'name',
  'cid_name',
  'cid_num',
  'dest',
  'context',
  'callstate',
]
const sure = (rows: Row[]) => rows.map((row) => Object.fromEntries(SURE.map((column) => [column, row[column]])))

describe('show channels', () => {
  it('follows what was played: nothing, then both legs, then nothing', async () => {
    const simulated = await setting.start({ speed: 3 })
    const client = await setting.connect(simulated)
    client.say('auth ClueCon')
    expect(await client.api('show channels as json')).toBe('{"row_count": 0}\n')
    client.say('event json CHANNEL_BRIDGE CHANNEL_DESTROY')
    await client.until((bytes) => bytes.includes('"CHANNEL_BRIDGE"'))
    const rows = rowsOf(await client.api('show channels as json'))
    expect(rows.map((row) => row['callstate'])).toEqual(['ACTIVE', 'ACTIVE'])
    expect(await client.api(`uuid_exists ${rows[0]!['uuid']}`)).toBe('true')
    expect(simulated.channels().map((row) => row.cid_name)).toEqual(rows.map((row) => row['cid_name']))
    await simulated.done
    expect(await client.api('show channels as json')).toBe('{"row_count": 0}\n')
    expect(await client.api(`uuid_exists ${rows[0]!['uuid']}`)).toBe('false')
  })

  it('says what the real switch said before and after the connection was away', async () => {
    const simulated = await setting.start({ ...GAP, speed: 3 })
    const before = await setting.listen(simulated)
    await before.untilEnded()
    const open = simulated.channels()
    const after = await setting.listenAgain(simulated)
    const rows = rowsOf(await after.api('show channels as json'))
    expect(sure(rows)).toEqual(sure(recorded('ee-event-connection-gap', '011_show_channels_as_json.raw')))
    expect(sure(open)).toEqual(sure(recorded('ee-event-connection-gap', '001_show_channels_as_json.raw')))
    await simulated.done
    expect(simulated.channels()).toEqual([])
  })

  it('is derived from the later events when no answer was recorded', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'captures-'))
    try {
      const scenario = join(folder, 'ee-event-connection-gap')
      const noAnswers = (path: string) => !path.includes('/api')
      cpSync(join(CAPTURES, 'ee-event-connection-gap'), scenario, { recursive: true, filter: noAnswers })
      const simulated = await setting.start({ ...GAP, captures: folder })
      await (await setting.listen(simulated)).untilEnded()
      const after = await setting.listen(simulated)
      const rows = rowsOf(await after.api('show channels as json'))
      const real = recorded('ee-event-connection-gap', '011_show_channels_as_json.raw')
      expect(rows.map((row) => row['uuid']).sort()).toEqual(real.map((row) => row['uuid']).sort())
      expect(rows.every((row) => row['callstate'] === 'ACTIVE')).toBe(true)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('speaks of fresh ids after a gap when rebased', async () => {
    const simulated = await setting.start({ ...GAP, rebase: true })
    await (await setting.listen(simulated)).untilEnded()
    const after = await setting.listen(simulated)
    const listed = rowsOf(await after.api('show channels as json')).map((row) => row['uuid'])
    await simulated.done
    after.say('exit')
    await after.untilEnded()
    const destroyed = after.events().filter((event) => event['Event-Name'] === 'CHANNEL_DESTROY')
    expect(destroyed.map((event) => event['Unique-ID']).sort()).toEqual(listed.sort())
    expect(listed).toHaveLength(6)
  })

  it('can be made to lie', async () => {
    const simulated = await setting.start()
    const client = await setting.connect(simulated)
    client.say('auth ClueCon')
    simulated.setListing(() => '-ERR database locked\n')
    expect(await client.api('show channels as json')).toBe('-ERR database locked\n')
    simulated.setListing(null)
    expect(await client.api('show channels as json')).toBe('{"row_count": 0}\n')
  })
})

describe('other API commands', () => {
  it('answers as FreeSWITCH does', async () => {
    const simulated = await setting.start({ name: 'demo' })
    const client = await setting.connect(simulated)
    client.say('auth ClueCon')
    expect(await client.api('frobnicate now')).toBe('-ERR frobnicate Command not found!\n')
    expect(await client.api('hostname')).toBe('demo')
    expect(await client.api('global_getvar core_uuid')).toBe(simulated.coreUuid())
    expect(await client.api('status')).toMatch(/^UP 0 years, .*\nFreeSWITCH \(Version 1\.10\.12-simulated/)
    expect(await client.api('version')).toContain('1.10.12-simulated')
    expect(Math.abs(Number(await client.api('strepoch')) - Date.now() / 1000)).toBeLessThan(30)
    expect(await client.api('strftime %Y-%m-%dT%H:%M:%S%z')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000$/)
    expect(Number(await client.api('uptime'))).toBeLessThan(120)
  })

  it('runs a background job under the id that the client chose and tells its end as an event', async () => {
    const simulated = await setting.start({ scenarios: [] })
    const client = await setting.listen(simulated, 'json BACKGROUND_JOB')
    client.say('bgapi uuid_exists 1\nJob-UUID: 11111111-aaaa-4bbb-8ccc-000000000009')
    await client.until(() => client.events().length === 1)
    expect(client.bytes().toString()).toContain('Reply-Text: +OK Job-UUID: 11111111-aaaa-4bbb-8ccc-000000000009\n')
    expect(client.events()[0]).toMatchObject({
      'Job-UUID': '11111111-aaaa-4bbb-8ccc-000000000009',
      'Job-Command': 'uuid_exists',
      'Job-Command-Arg': '1',
      _body: 'false',
    })
  })
})
