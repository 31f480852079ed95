import { randomUUID } from 'node:crypto'
import { parseHeaders, utf8Of } from './event-summary.js'
import { loadScenario } from './scenario.js'

const TEMPLATE_SCENARIO = 'aa-registrations'
const FIRST_USER = 1001
const LAST_USER = 1016
/** Lifetime of each registration; they are repeated at half of it, s. */
export const REGISTRATION_SECONDS = 600

/**
 * The headers of `sofia::register` for users 1001 to 1016, made from a captured one: same headers in the same order,
 * with the user, address and Call-ID of each phone.
 */
export async function registrationHeaders(captures: string): Promise<Record<string, string>[]> {
  const scenario = await loadScenario(captures, TEMPLATE_SCENARIO)
  const captured = scenario.parts[0]?.events.find((event) => event.summary.subclass === 'sofia::register')
  if (captured === undefined) throw new Error(`${TEMPLATE_SCENARIO} holds no sofia::register event`)
  const template = Object.fromEntries(
    Object.entries(parseHeaders(captured.body)).filter(([name]) => !/^(?:Event-|Core-|FreeSWITCH-)/.test(name)),
  )
  const users = Array.from({ length: LAST_USER - FIRST_USER + 1 }, (_, index) => FIRST_USER + index)
  return users.map((user) => registrationOf(String(user), template))
}

function registrationOf(user: string, template: Readonly<Record<string, string | readonly string[]>>) {
  const address = `127.0.1.${Number(user) - 990}`
  const captured = String(template['from-user'])
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(template))
    headers[name] = value === captured ? user : utf8Of(String(value))
  return {
    ...headers,
    contact: `"Phone ${user}" <sip:${user}@${address}:5060>`,
    'call-id': `${randomUUID().slice(0, 13)}@${address}`,
    'network-ip': address,
    expires: String(REGISTRATION_SECONDS),
    effective_caller_id_name: `Phone ${user}`,
    outbound_caller_id_name: `Phone ${user}`,
  }
}
