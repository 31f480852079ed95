// Copies what production needs of a built tree to a new folder: node infra/image/collect.mjs FOLDER
// Compiled code, descriptions of packages with the lock file, and the captures that the simulated switch plays.
import { cpSync, globSync, mkdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

const target = process.argv[2]
if (target === undefined) throw new Error('usage: node infra/image/collect.mjs FOLDER')

const root = resolve(import.meta.dirname, '../..')
const wanted = [
  'package.json',
  'package-lock.json',
  '.npmrc',
  ...globSync('{apps,libs}/*/{package.json,dist}', { cwd: root }),
  'test/captures/freeswitch',
]
for (const path of wanted) {
  const to = join(target, path)
  mkdirSync(dirname(to), { recursive: true })
  cpSync(join(root, path), to, { recursive: true })
}
