import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'

const ROOT = join(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8')

interface Manifest {
  readonly license?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}
const manifest = (file: string) => JSON.parse(read(file)) as Manifest
const project = manifest('package.json')

/** Rows of the tables: package and licence. */
const rows = [...read('docs/dependencies.md').matchAll(/^\| `([^`]+)` +\|[^|]+\| (\S+) +\|/gm)].map(
  ([, name, licence]) => ({ name: name!, licence: licence! }),
)

describe('docs/dependencies.md', () => {
  it('has one line for each dependency of package.json, in the same order', () => {
    const { dependencies = {}, devDependencies = {} } = project
    expect(rows.map(({ name }) => name)).toEqual([...Object.keys(dependencies), ...Object.keys(devDependencies)])
  })

  it('names the licence that each package itself names', () => {
    const named = rows.flatMap(({ name, licence }) => {
      const { license = licence } = manifest(`node_modules/${name}/package.json`)
      return license === licence ? [] : [`${name} is ${license}`]
    })
    expect(named).toEqual([])
  })

  it('every version is exact', () => {
    const versions = Object.values({ ...project.dependencies, ...project.devDependencies })
    expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([])
  })
})
