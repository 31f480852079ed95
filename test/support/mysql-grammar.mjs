// Reads a JSON array of statements from standard input and prints those that MySQL's grammar does not take, as a JSON
// array of { statement, message }. A process of its own, because dt-sql-parser's modules name one another as bundlers
// understand it: without suffix, and folders for their index.
import { registerHooks } from 'node:module'
import { text } from 'node:stream/consumers'

registerHooks({
  resolve(specifier, context, nextResolve) {
    for (const suffix of specifier.startsWith('.') ? ['', '.js', '/index.js'] : ['']) {
      try {
        return nextResolve(specifier + suffix, context)
      } catch (error) {
        if (!['ERR_MODULE_NOT_FOUND', 'ERR_UNSUPPORTED_DIR_IMPORT'].includes(error.code)) throw error
      }
    }
    return nextResolve(specifier, context)
  },
})
const { MySQL } = await import('dt-sql-parser')
const grammar = new MySQL()
const refused = []
for (const statement of JSON.parse(await text(process.stdin))) {
  const [error] = grammar.validate(statement)
  if (error !== undefined) refused.push({ statement, message: error.message })
}
process.stdout.write(JSON.stringify(refused))
