// `npm run test:faults [-- --only NAME]`: makes real faults on real processes, and prints what came of each.
import './typescript.mjs'

process.chdir(new URL('..', import.meta.url).pathname)
const { main } = await import('../test/faults/main.ts')
process.exit(await main(process.argv.slice(2)))
