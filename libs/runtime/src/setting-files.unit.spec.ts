import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { ConfigError, describeConfig, loadConfig, type Environment } from './config.js'
import { settings } from './settings.js'

const folder = mkdtempSync(join(tmpdir(), 'trunkline-settings-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, content: string): string {
  const path = join(folder, name)
  writeFileSync(path, content, { mode: 0o600 })
  return path
}

function problemsOf(env: Environment): readonly string[] {
  try {
    loadConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

const secret = 'a secret of more than 32 characters'
const switches = 'pbx=esl://:p%40ss@10.0.0.5:8021'

describe('settings in files', () => {
  it('are taken without the line break that editors leave', () => {
    expect(
      loadConfig({
        JWT_SECRET_FILE: file('jwt', ` ${secret}\n`),
        ESL_SWITCHES_FILE: file('esl', `${switches}\r\n`),
        PORT_FILE: file('port', '8080\n'),
      }),
    ).toMatchObject({ jwtSecret: secret, eslSwitches: switches, port: 8080, simulated: false })
  })

  it('count like those of variables: a secret in a file is production', () => {
    const path = file('mode', secret)
    expect(loadConfig({ JWT_SECRET_FILE: path }).mode).toBe('production')
    expect(loadConfig({ NODE_ENV: 'production', JWT_SECRET_FILE: path }).mode).toBe('production')
  })

  it('are checked as those of variables are', () => {
    expect(problemsOf({ PORT_FILE: file('bad', 'eighty') })).toEqual([expect.stringMatching(/^PORT: must be a whole/)])
  })

  it('are refused when the variable is set too', () => {
    expect(problemsOf({ JWT_SECRET: secret, JWT_SECRET_FILE: file('both', secret) })).toEqual([
      'JWT_SECRET and JWT_SECRET_FILE: set one of them, not both',
    ])
  })

  it('are refused when the file is missing, empty or a folder, once and with the reason', () => {
    const missing = join(folder, 'missing')
    const empty = file('empty', '\n')
    expect(
      problemsOf({ NODE_ENV: 'production', JWT_SECRET_FILE: missing, PORT_FILE: empty, HOST_FILE: folder }),
    ).toEqual([
      `HOST_FILE: ${folder} cannot be read: EISDIR`,
      `PORT_FILE: ${empty} is empty`,
      `JWT_SECRET_FILE: ${missing} cannot be read: ENOENT`,
    ])
  })

  it('are not read when the name of the file is blank', () => {
    expect(loadConfig({ JWT_SECRET_FILE: ' ', PORT: '81' })).toMatchObject({ port: 81, jwtSecret: undefined })
  })

  it('are shown by the name of the file alone', () => {
    const path = file('shown', secret)
    expect(describeConfig({ JWT_SECRET_FILE: path, PORT: '81' })).toEqual({ JWT_SECRET_FILE: path, PORT: '81' })
  })

  it('cannot be mistaken for a setting of that name', () => {
    expect(Object.keys(settings).filter((name) => name.endsWith('_FILE'))).toEqual([])
  })
})
