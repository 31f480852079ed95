/** Settings of the commands that work on the views: where log and views are, and nothing that only servers need. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfig, type Config } from '@trunkline/runtime'

const NEEDED = ['DATA_DIR', 'LOG_LEVEL', 'RETAIN_DAYS', 'MYSQL_URL', 'KAFKA_', 'KURRENTDB_URL']

export const COMMAND_SETTINGS =
  'DATA_DIR (data), MYSQL_URL (views), KAFKA_BROKERS and what belongs to it (log), KURRENTDB_URL (events), LOG_LEVEL (info)'

/** Throws `ConfigError`. */
export function commandConfig(env: NodeJS.ProcessEnv): Config {
  return loadConfig(
    Object.fromEntries(Object.entries(env).filter(([name]) => NEEDED.some((start) => name.startsWith(start)))),
  )
}

/** Why there is nothing to work on; undefined when there is. */
export function missingViews({ dataDir, mysqlUrl }: Config): string | undefined {
  if (mysqlUrl !== undefined || existsSync(join(dataDir, 'views.sqlite'))) return undefined
  return `There are no views in ${dataDir}: start Trunkline first, or set DATA_DIR.`
}
