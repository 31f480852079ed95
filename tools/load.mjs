// `npm run load -- --calls N --registrations M --rate R`: drives a deployment with calls and registrations, and reports.
import './typescript.mjs'

process.chdir(new URL('..', import.meta.url).pathname)
const { main } = await import('../test/load/main.ts')
process.exit(await main(process.argv.slice(2)))
