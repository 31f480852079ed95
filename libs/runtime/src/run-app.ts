import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { describeConfig, loadConfig, type Config } from './config.js'
import { explain } from './explain.js'
import { HealthRegistry } from './health.js'
import { createLogger, type Logger } from './logger.js'
import { Metrics } from './metrics.js'
import { Shutdown } from './shutdown.js'

/** What every app is given. */
export interface AppParts {
  readonly config: Config
  readonly logger: Logger
  readonly health: HealthRegistry
  readonly metrics: Metrics
  /** Gets a step for each part that was started. */
  readonly shutdown: Shutdown
}

export interface AppDescription {
  readonly name: string
  /** Text of `--help`. */
  readonly usage: string
  /** Starts everything; gives what is printed for a person. */
  start(parts: AppParts): Promise<string>
}

/**
 * The frame of every app: `--help` and `--version`, settings, log to standard error, orderly end, and words instead
 * of a stack when it cannot start (exit code 2).
 */
export async function runApp({ name, usage, start }: AppDescription): Promise<void> {
  const asked = question(usage)
  if (asked !== undefined) {
    process.stdout.write(`${asked}\n`)
    return
  }
  const config = configuration()
  const logger = createLogger({ level: config.logLevel, name, fd: 2 })
  const health = new HealthRegistry()
  const shutdown = new Shutdown({ logger, onBegin: () => health.stopping() })
  shutdown.listen()
  logger.info({ mode: config.mode, settings: describeConfig(process.env) }, 'starting')
  try {
    const words = await start({ config, logger, health, metrics: metricsOf(health, name), shutdown })
    process.stdout.write(`${words}\n`)
  } catch (error) {
    logger.debug({ err: error }, 'could not start')
    await shutdown.run()
    fail(explain(error, config))
  }
}

/** Readiness and version are metrics too, so that alerts need no second way to ask for them. */
function metricsOf(health: HealthRegistry, app: string): Metrics {
  const metrics = new Metrics()
  const version = versionOfProject()
  metrics.gauge(
    { name: 'build_info', help: 'Always 1; which version of which app', labels: ['app', 'version'] },
    (gauge) => gauge.set({ app, version }, 1),
  )
  metrics.gauge(
    { name: 'ready', help: '1 while the process can do its work, as /health/ready answers' },
    async (gauge) => gauge.set((await health.ready()).ok ? 1 : 0),
  )
  return metrics
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(2)
}

/** The answer to `--help` or `--version`. */
function question(usage: string): string | undefined {
  try {
    const flag = { type: 'boolean' } as const
    const { help, version } = parseArgs({ options: { help: flag, version: flag } }).values
    if (help) return usage.trimEnd()
    return version ? versionOfProject() : undefined
  } catch (error) {
    return fail(`${(error as Error).message}\n${usage}`)
  }
}

/** From the package.json of the project, wherever the process was started. */
export function versionOfProject(): string {
  const file = resolve(import.meta.dirname, '../../../package.json')
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}

function configuration(): Config {
  try {
    return loadConfig(process.env)
  } catch (error) {
    return fail((error as Error).message)
  }
}
