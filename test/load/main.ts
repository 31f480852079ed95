/** The command `npm run load`. */
import { writeFileSync } from 'node:fs'
import { LoadRun } from './load-run.js'
import { parseSettings, USAGE, UsageError, type LoadSettings } from './options.js'
import { textOf } from './report.js'

/** Gives the exit code: 0 when nothing was lost, 1 when something was or the load could not be put, 2 for wrong arguments. */
export async function main(args: readonly string[]): Promise<number> {
  let settings: LoadSettings | undefined
  try {
    settings = parseSettings(args)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    process.stderr.write(`${error.message}\n\n${USAGE}`)
    return 2
  }
  if (settings === undefined) {
    process.stdout.write(USAGE)
    return 0
  }
  const run = new LoadRun(settings, (text) => process.stderr.write(`${text}\n`))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      process.stderr.write('stopping\n')
      void run.close().finally(() => process.exit(130))
    })
  }
  try {
    const report = await run.run()
    process.stdout.write(textOf(report))
    if (settings.json !== undefined) writeFileSync(settings.json, `${JSON.stringify(report, null, 2)}\n`)
    if (report.failures.length > 0) process.stderr.write(`${run.words()}\n`)
    return report.failures.length === 0 ? 0 : 1
  } catch (error) {
    process.stderr.write(`The load could not be put: ${(error as Error).message}\n${run.words()}\n`)
    return 1
  } finally {
    await run.close()
  }
}
