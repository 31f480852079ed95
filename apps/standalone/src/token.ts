/** `npm run token -- --role ROLE --tenant DOMAIN [--user NAME] [--ttl 1h]`: prints a token for the API. */
import { parseArgs } from 'node:util'
import { developmentSecret, isRole, issueToken, parseDuration, ROLES } from '@trunkline/access'
import { loadConfig, type Config } from '@trunkline/runtime'

const usage = `usage: npm run token -- --role ${ROLES.join('|')} --tenant DOMAIN [--user NAME] [--ttl 1h]`

function fail(message: string): never {
  process.stderr.write(`${message}\n${usage}\n`)
  process.exit(2)
}

function options(): { role?: string; tenant?: string; user?: string; ttl: string } {
  const text = { type: 'string' } as const
  try {
    return parseArgs({ options: { role: text, tenant: text, user: text, ttl: { ...text, default: '1h' } } }).values
  } catch (error) {
    return fail((error as Error).message)
  }
}

function secret(): string {
  let config: Config
  try {
    config = loadConfig(process.env)
  } catch (error) {
    return fail((error as Error).message)
  }
  if (config.jwksUrl !== undefined) return fail('tokens are issued by whoever owns JWT_JWKS_URL, not here')
  return config.jwtSecret ?? developmentSecret(config.dataDir)
}

const { role, tenant, user, ttl } = options()
if (!isRole(role)) fail('--role is missing or unknown')
if (tenant === undefined || tenant === '') fail('--tenant is missing')
if (role === 'user' && user === undefined) fail('--user is needed for the role user')
const ttlSeconds = parseDuration(ttl)
if (ttlSeconds === undefined) fail('--ttl is a number with s, m, h or d, up to 366d')

try {
  process.stdout.write(`${await issueToken(secret(), { role, tenant, user: user ?? role, ttlSeconds })}\n`)
} catch (error) {
  fail((error as Error).message)
}
