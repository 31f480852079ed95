/** `npm run first-admin -- --name NAME`: makes the first admin, and prints a password that may be used once. */
import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { AccountError, createAccounts } from '@trunkline/accounts'
import { developmentSecret } from '@trunkline/access'
import { ConfigError, createLogger, loadConfig, maskUrls } from '@trunkline/runtime'
import { openViewStore } from '@trunkline/stores'

const USAGE = `usage: npm run first-admin -- --name NAME [--again]

Makes an account for an admin of all tenants, while there is none yet, and prints a password that may be used once, within
seven days, to set another: POST /v1/auth/password with {"name", "password", "newPassword"}. May be run while Trunkline
runs; of two that run at once one makes it.

  --again   replaces an admin who has never set a password: when what was printed was lost
Settings: DATA_DIR (data), or MYSQL_URL; see docs/accounts.md.
`

function fail(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(2)
}

function options() {
  try {
    const flag = { type: 'boolean' } as const
    return parseArgs({ options: { help: flag, again: flag, name: { type: 'string' } } }).values
  } catch (error) {
    return fail(`${(error as Error).message}\n${USAGE}`)
  }
}

function wordsFor(error: unknown): string {
  if (error instanceof ConfigError) return error.message
  if (!(error instanceof AccountError)) return `No admin was made: ${maskUrls((error as Error).message)}`
  if (error.code === 'ADMIN_EXISTS') {
    return 'There is an admin already, who can make others. If nobody knows the password that was printed, add --again.'
  }
  const faults = (error.details.faults ?? []).map(({ field, rule }) => `--${field}: ${rule}`)
  return [error.message, ...faults].join('\n')
}

const { help, name, again = false } = options()
if (help) {
  process.stdout.write(USAGE)
  process.exit(0)
}
if (name === undefined || name.trim() === '') fail(`--name is missing\n${USAGE}`)

try {
  const config = loadConfig(process.env)
  if (config.jwksUrl !== undefined) fail('Tokens are issued by whoever owns JWT_JWKS_URL: there are no accounts here.')
  const isEmbedded = config.mysqlUrl === undefined
  // as the first start would make it: for its owner only
  if (isEmbedded || config.jwtSecret === undefined) mkdirSync(config.dataDir, { recursive: true, mode: 0o700 })
  const store = await openViewStore(config)
  try {
    const accounts = await createAccounts({
      store,
      secret: config.jwtSecret ?? developmentSecret(config.dataDir),
      logger: createLogger({ level: config.logLevel, name: 'first-admin', fd: 2 }),
    })
    const { account, oneTimePassword } = await accounts.firstAdmin(name, { again })
    const where = isEmbedded ? `the folder ${resolve(config.dataDir)}` : 'the database of MYSQL_URL'
    process.stdout.write(
      `The first admin is made, in ${where}.\nname: ${account.name}\npassword, to be used once: ${oneTimePassword}\n`,
    )
  } finally {
    await store.close()
  }
} catch (error) {
  fail(wordsFor(error))
}
