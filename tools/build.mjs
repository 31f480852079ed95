// Compiles one project (libs/x or apps/x) from src to dist, file by file, without type checking
// (`npm run typecheck` does that). Test files stay out of dist. With no argument: every project.
import { globSync, rmSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { transformFileSync } from '@swc/core'

const projects = process.argv.slice(2)
if (projects.length === 0) projects.push(...globSync('{libs,apps}/*/package.json').map((file) => dirname(file)))

for (const project of projects) {
  const source = join(project, 'src')
  const target = join(project, 'dist')
  rmSync(target, { recursive: true, force: true })
  for (const file of globSync(`${source}/**/*.ts`)) {
    if (/\.spec\.ts$/.test(file)) continue
    const out = join(target, relative(source, file)).replace(/\.ts$/, '.js')
    const { code, map } = transformFileSync(file, {
      configFile: '.swcrc',
      sourceFileName: relative(dirname(out), file),
    })
    mkdirSync(dirname(out), { recursive: true })
    writeFileSync(out, `${code}\n//# sourceMappingURL=${out.split('/').pop()}.map\n`)
    if (map) writeFileSync(`${out}.map`, map)
  }
}
