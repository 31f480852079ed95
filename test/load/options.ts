/** What `npm run load` can be told. */
import { parseArgs } from 'node:util'

export interface LoadSettings {
  /** Calls that are open at once on the simulated switches. */
  readonly calls: number
  /** Endpoints that are registered at Kamailio. */
  readonly registrations: number
  /** Calls that begin in a second. */
  readonly rate: number
  /** For how long calls begin. */
  readonly seconds: number
  readonly switches: number
  /** SIP calls through Kamailio that begin in a second. */
  readonly sipRate: number
  /** Life of a registration; phones refresh at half of it. */
  readonly expires: number
  readonly failover: boolean
  readonly engine: 'kafka' | 'embedded'
  readonly json: string | undefined
  readonly remote: RemoteDeployment | undefined
}

/** A deployment that runs already. */
export interface RemoteDeployment {
  readonly url: string
  readonly token: string
  /** Where the simulated switches listen: its ESL_SWITCHES names these. */
  readonly listen: readonly { readonly host: string; readonly port: number }[]
  readonly eslPassword: string
  /** esl-listeners that hear each switch. */
  readonly listeners: number
  readonly kamailio: { readonly host: string; readonly port: number } | undefined
  readonly sipDomain: string
  readonly sipPassword: string
  /** Metrics of its apps. */
  readonly metrics: readonly string[]
}

export const USAGE = `usage: npm run load -- --calls N --registrations M --rate R [options]

Puts load on a deployment and prints what became of it: simulated FreeSWITCH switches on which R calls begin in a second
and N are open at once, and M phones (SIPp) that register at a real Kamailio and call each other. Each call is looked up
in the API afterwards. Exits with 1 when a call is missing, doubled or wrong, or when N or M was not reached.

  --calls N            calls that are open at once (100)
  --registrations M    registered endpoints (1000); 0: no Kamailio
  --rate R             calls that begin in a second (20)
  --seconds S          for how long calls begin (60); must be longer than N / R
  --switches K         simulated switches that share the calls (4)
  --sip-rate R         calls through Kamailio that begin in a second (1)
  --expires S          life of a registration; it is refreshed at half of it (60)
  --failover           in the middle, kill -9 one esl-listener and the projector that publishes, start them again after
                       5 s, and let the subscriber come back with its cursor
  --json FILE          write the report as JSON too
  --help

Without --url a deployment is started for the run, on 127.0.0.1 and a temporary folder, and removed afterwards:
  --engine kafka       Kafka and MariaDB (default): two esl-listeners, two projectors, kamailio-listener, graphql
  --engine embedded    SQLite: the same, with one projector

A deployment that runs already:
  --url URL            its API, such as http://10.0.0.7:4000; in --failover, you kill
  --token TOKEN        of an admin of all tenants (npm run token)
  --listen HOST:PORT   where simulated switches listen, separated by commas; its ESL_SWITCHES must name these
  --esl-password TEXT  and this password (ClueCon)
  --listeners N        esl-listeners that hear each switch; load begins when all are there (1)
  --kamailio HOST:PORT where phones register; users load00001 … must exist (see docs/load.md)
  --sip-domain NAME    their domain (load.test)
  --sip-password TEXT  their password (secret)
  --metrics URL,URL    addresses of the apps' metrics: then lag, memory, CPU and spool are in the report
`

/** An argument that cannot be used; the message says which. */
export class UsageError extends Error {}

/** Throws `UsageError`; gives undefined when help was asked for. */
export function parseSettings(args: readonly string[]): LoadSettings | undefined {
  const text = { type: 'string' } as const
  const { values } = wrapped(() =>
    parseArgs({
      args: [...args],
      options: {
        calls: { ...text, default: '100' },
        registrations: { ...text, default: '1000' },
        rate: { ...text, default: '20' },
        seconds: { ...text, default: '60' },
        switches: { ...text, default: '4' },
        'sip-rate': { ...text, default: '1' },
        expires: { ...text, default: '60' },
        failover: { type: 'boolean', default: false },
        engine: { ...text, default: 'kafka' },
        json: text,
        help: { type: 'boolean', default: false },
        url: text,
        token: text,
        listen: text,
        'esl-password': { ...text, default: 'ClueCon' },
        listeners: { ...text, default: '1' },
        kamailio: text,
        'sip-domain': { ...text, default: 'load.test' },
        'sip-password': { ...text, default: 'secret' },
        metrics: { ...text, default: '' },
      },
    }),
  )
  if (values.help) return undefined
  const { engine } = values
  if (engine !== 'kafka' && engine !== 'embedded') throw new UsageError('--engine is kafka or embedded')
  const remote = values.url === undefined ? undefined : remoteOf({ ...values, url: values.url })
  const settings: LoadSettings = {
    calls: whole('calls', values.calls, 1),
    registrations: whole('registrations', values.registrations, 0),
    rate: positive('rate', values.rate),
    seconds: positive('seconds', values.seconds),
    switches: remote?.listen.length ?? whole('switches', values.switches, 1),
    sipRate: values['sip-rate'] === '0' ? 0 : positive('sip-rate', values['sip-rate']),
    expires: whole('expires', values.expires, 10),
    failover: values.failover,
    engine,
    json: values.json,
    remote,
  }
  if (settings.calls / settings.rate >= settings.seconds)
    throw new UsageError(
      `${settings.calls} calls are not open before ${settings.calls / settings.rate} s: more --seconds`,
    )
  if (remote !== undefined && remote.kamailio === undefined && settings.registrations > 0)
    throw new UsageError('--registrations with --url need --kamailio; or say --registrations 0')
  return settings
}

type Texts = Readonly<Record<string, string | boolean | undefined>> & { readonly url: string }

function remoteOf(values: Texts): RemoteDeployment {
  const { url, token, listen, kamailio, metrics } = values
  if (typeof token !== 'string' || typeof listen !== 'string') throw new UsageError('--url needs --token and --listen')
  return {
    url,
    token,
    listen: listen.split(',').map((place) => address('listen', place)),
    eslPassword: String(values['esl-password']),
    listeners: whole('listeners', String(values['listeners']), 1),
    kamailio: typeof kamailio === 'string' ? address('kamailio', kamailio) : undefined,
    sipDomain: String(values['sip-domain']),
    sipPassword: String(values['sip-password']),
    metrics: String(metrics)
      .split(',')
      .filter((one) => one !== ''),
  }
}

function address(name: string, place: string): { host: string; port: number } {
  const [, host, port] = /^(.+):(\d+)$/.exec(place) ?? []
  if (host === undefined) throw new UsageError(`--${name} is HOST:PORT, not ${place}`)
  return { host, port: Number(port) }
}

function whole(name: string, value: string, least: number): number {
  const number = Number(value)
  if (!Number.isInteger(number) || number < least) throw new UsageError(`--${name} is a whole number from ${least} up`)
  return number
}

function positive(name: string, value: string): number {
  const number = Number(value)
  if (!(number > 0)) throw new UsageError(`--${name} is a number above 0`)
  return number
}

function wrapped<T>(parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
