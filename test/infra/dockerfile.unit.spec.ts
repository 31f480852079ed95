/** Rules for the Dockerfiles, since no Docker engine runs where the tests do. test/infra/image.e2e.spec.ts runs the tree. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from '@jest/globals'

const files = ['Dockerfile', ...globSync('infra/**/Dockerfile')].sort()

/** Instructions with continued lines joined, comments left out. */
function instructions(file: string): Array<{ readonly name: string; readonly text: string }> {
  const text = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replace(/\\\n\s*/g, ' ')
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => ({ name: line.split(' ')[0]!, text: line.slice(line.indexOf(' ') + 1) }))
}
const all = (file: string, name: string) => instructions(file).flatMap((one) => (one.name === name ? [one.text] : []))

describe.each(files)('%s', (file) => {
  it('knows only instructions of Dockerfiles', () => {
    const known = /^(FROM|ARG|LABEL|RUN|COPY|ENV|USER|WORKDIR|VOLUME|EXPOSE|STOPSIGNAL|HEALTHCHECK|ENTRYPOINT|CMD)$/
    expect(instructions(file).filter(({ name }) => !known.test(name))).toEqual([])
  })

  it('stands on exact versions', () => {
    for (const from of all(file, 'FROM')) expect(from).toMatch(/^[a-z/-]+:\d+\.\d+(\.\d+)?[a-z0-9.-]*( AS [a-z]+)?$/)
  })

  it('ends as a user that is not root, with a number, and says whether it is well', () => {
    const user = /^(\d+):(\d+)$/.exec(all(file, 'USER').at(-1)!)!
    expect(Number(user[1])).toBeGreaterThan(0)
    expect(all(file, 'HEALTHCHECK')).toHaveLength(1)
    for (const form of [...all(file, 'CMD'), ...all(file, 'ENTRYPOINT')])
      expect(Array.isArray(JSON.parse(form))).toBe(true)
  })

  it('copies what is there', () => {
    for (const copy of all(file, 'COPY').filter((text) => !text.includes('--from='))) {
      const sources = copy
        .split(' ')
        .filter((word) => !word.startsWith('--'))
        .slice(0, -1)
      for (const source of sources) expect(existsSync(join(dirname(file), source))).toBe(true)
    }
  })
})

describe('the image of the apps', () => {
  it('brings the Node that the project is developed and tested with', () => {
    const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      devDependencies: Record<string, string>
    }
    for (const from of all('Dockerfile', 'FROM')) expect(from).toMatch(`node:${devDependencies['node']}-`)
  })

  it('is made in stages, the last of which builds nothing', () => {
    expect(all('Dockerfile', 'FROM')).toHaveLength(3)
    const text = readFileSync('Dockerfile', 'utf8')
    const last = text.slice(text.lastIndexOf('\nFROM '))
    expect(last).not.toMatch(/npm (ci|install|run)|apt-get/)
    expect([...last.matchAll(/^COPY (.*)$/gm)].map((match) => match[1])).toEqual(['--from=dependencies /app ./'])
  })

  it('is given nothing by default: what the build needs is named', () => {
    const lines = readFileSync('.dockerignore', 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
    expect(lines[0]).toBe('*')
    const wanted = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1))
    for (const path of wanted) expect(existsSync(path)).toBe(true)
    expect(lines).toEqual(expect.arrayContaining(['**/node_modules', '**/dist', '**/data', '**/*.spec.ts']))
  })
})
