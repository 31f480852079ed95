/** SIPp as phones, trunks and FreeSWITCH of a routing test: one run that ends, or a server that stays. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../support/free-port.js'
import { until } from '../../kamailio/harness/process.js'

export interface SippCall {
  /** A file of test/routing/sipp, or of test/kamailio/sipp. `{{name}}` in it is filled in. */
  readonly scenario: string
  readonly remotePort: number
  /** Where SIPp itself is. */
  readonly address?: string
  readonly localPort?: number
  readonly user?: string
  readonly password?: string
  readonly values?: Readonly<Record<string, string | number>>
  readonly calls?: number
  /** Calls a second. */
  readonly rate?: number
  readonly timeoutSeconds?: number
}

export interface SippResult {
  readonly succeeded: number
  readonly failed: number
  /** What SIPp wrote of those that failed; not there when none did. */
  readonly errors?: string
}

/** Runs to the end and counts; a call that went otherwise than its scenario says has failed. */
export async function runSipp(call: SippCall): Promise<SippResult> {
  const { calls = 1, rate = 10, remotePort, timeoutSeconds = 60 } = call
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-sipp-'))
  const args = [...common(folder, call), '-m', String(calls), '-r', String(rate), '-l', '200']
  args.push('-timeout', `${timeoutSeconds}s`, `127.0.0.1:${remotePort}`)
  try {
    const child = start(folder, args)
    await once(child, 'close')
    return countsIn(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Takes calls until it is stopped. */
export class SippServer {
  private stopped: Promise<SippResult> | undefined

  private constructor(
    private readonly folder: string,
    private readonly child: ChildProcess,
    readonly address: string,
    readonly port: number,
  ) {}

  static async start(given: Omit<SippCall, 'remotePort' | 'calls' | 'rate'>): Promise<SippServer> {
    const address = given.address ?? '127.0.0.1'
    const port = given.localPort ?? (await freePort())
    const folder = mkdtempSync(join(tmpdir(), 'trunkline-sipp-'))
    const child = start(folder, common(folder, { ...given, address, localPort: port }))
    const server = new SippServer(folder, child, address, port)
    await until('SIPp listens', () => {
      if (child.exitCode !== null) throw new Error(`SIPp ended with ${child.exitCode}`)
      return isBound(port)
    })
    return server
  }

  get uri(): string {
    return `sip:${this.address}:${this.port}`
  }

  /** All that it received and sent so far. */
  messages(): string {
    const file = readdirSync(this.folder).find((name) => name.endsWith('_messages.log'))
    return file === undefined ? '' : readFileSync(join(this.folder, file), 'latin1')
  }

  /** Heads of the requests of one method that it received, each once however often it was sent. */
  received(method: string): string[] {
    const parts = this.messages().split(/^-{40,}.*$/m)
    const taken = parts.filter((part) => /message received/.test(part.slice(0, 80)))
    const heads = taken.map((part) => part.slice(part.indexOf('\n\n') + 2))
    return [...new Set(heads.filter((head) => head.startsWith(`${method} `)))]
  }

  async stop(): Promise<SippResult> {
    this.stopped ??= this.end()
    return this.stopped
  }

  private async end(): Promise<SippResult> {
    if (this.child.exitCode === null) {
      this.child.kill('SIGUSR1')
      // it waits for the ends of its calls, and counts them as the last thing
      const timer = setTimeout(() => this.child.kill('SIGKILL'), 30_000)
      await once(this.child, 'close')
      clearTimeout(timer)
    }
    const counts = countsIn(this.folder)
    rmSync(this.folder, { recursive: true, force: true })
    return counts
  }
}

function common(folder: string, call: Omit<SippCall, 'remotePort'>): string[] {
  const { scenario, address = '127.0.0.1', localPort, user = 'alice', password = 'secret', values = {} } = call
  const own = join('test/routing/sipp', `${scenario}.xml`)
  const text = readFileSync(existsSync(own) ? own : join('test/kamailio/sipp', `${scenario}.xml`), 'utf8')
  const file = join(folder, `${scenario}.xml`)
  writeFileSync(file, filled(text, { user, ...values }))
  const args = ['-sf', file, '-i', address, '-nostdin', '-au', user, '-ap', password, '-trace_err', '-trace_msg']
  args.push('-trace_stat', '-stf', join(folder, 'stat.csv'), '-fd', '1')
  if (localPort !== undefined) args.push('-p', String(localPort))
  return args
}

function start(folder: string, args: readonly string[]): ChildProcess {
  const child = spawn('sipp', args, { cwd: folder, stdio: 'ignore', env: { ...process.env, TERM: 'xterm' } })
  child.on('error', () => undefined)
  return child
}

function countsIn(folder: string): SippResult {
  const file = join(folder, 'stat.csv')
  if (!existsSync(file)) throw new Error('SIPp did not run')
  const [head = '', ...lines] = readFileSync(file, 'latin1').trim().split('\n')
  const names = head.split(';')
  const last = lines.at(-1)?.split(';') ?? []
  const of = (name: string) => Number(last[names.indexOf(name)] ?? 0)
  const [succeeded, failed] = [of('SuccessfulCall(C)'), of('FailedCall(C)')]
  const errors = readdirSync(folder).find((file) => file.endsWith('_errors.log'))
  if (failed === 0 || errors === undefined) return { succeeded, failed }
  return { succeeded, failed, errors: readFileSync(join(folder, errors), 'latin1').slice(0, 3000) }
}

/** Whether somebody has this port of UDP. */
function isBound(port: number): boolean {
  const lines = readFileSync('/proc/net/udp', 'utf8').trim().split('\n').slice(1)
  return lines.some((line) => parseInt(line.trim().split(/\s+/)[1]!.split(':')[1]!, 16) === port)
}

function filled(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`the scenario wants a value for ${name}`)
    return String(value)
  })
}
