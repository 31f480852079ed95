/** What a reader follows must be there: links between documents, files and npm scripts that they name. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from '@jest/globals'

const ROOT = join(import.meta.dirname, '../..')
const documents = globSync(['*.md', 'docs/**/*.md', 'infra/**/*.md'], { cwd: ROOT }).map((file) => join(ROOT, file))
const scripts = Object.keys(
  (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> }).scripts,
)
/** Commands of npm itself. */
const OWN = new Set(['ci', 'i', 'install', 'run'])

describe.each(documents.map((file) => [relative(ROOT, file), file] as const))('%s', (_, file) => {
  const text = readFileSync(file, 'utf8')

  it('links to files that exist', () => {
    const links = [...text.matchAll(/\]\(([^)#\s]+)[^)\s]*\)/g)].map(([, link]) => link!)
    const broken = links.filter((link) => !/^[a-z]+:/.test(link) && !existsSync(join(dirname(file), link)))
    expect(broken).toEqual([])
  })

  it('names npm scripts that exist', () => {
    const run = [...text.matchAll(/npm run (?:--silent )?([a-z][\w:-]*)/g)].map(([, name]) => name!)
    const short = [...text.matchAll(/`npm ([a-z]+)/g)].map(([, name]) => name!).filter((name) => !OWN.has(name))
    expect([...run, ...short].filter((name) => !scripts.includes(name))).toEqual([])
  })
})
