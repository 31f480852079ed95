/** A real Kamailio of one test, on infra/kamailio as operators have it: settings in kamailio-local.cfg beside it. */
import { copyFileSync, globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { KamailioRpc } from '@trunkline/kamailio'
import { freePort } from '../../support/free-port.js'
import { orEnd, ServerProcess, until } from './process.js'

export interface KamailioSettings {
  readonly databaseUrl: string
  readonly redisPort: number
  /** Folder with key.pem and certificate.pem; TLS is on when given. */
  readonly tls?: string
  /** Socket of a syslog server; without one the log goes to {@link KamailioServer.log}. */
  readonly syslog?: string
  readonly defines?: Readonly<Record<string, string>>
}

/** For what does not look at how long Kamailio waits: on a busy machine a server may be slow, and no event is to be lost. */
export const PATIENT = { DB_TIMEOUT: '15', EVENT_TIMEOUT: '4000' }

/** syslog() knows one place only, /dev/log: in a mount namespace of its own it is the socket that the test wants. */
const OWN_DEV = `
  mkdir -p "$0/dev"
  mount --rbind /dev "$0/dev"
  mount -t tmpfs dev /dev
  for name in null zero random urandom; do touch "/dev/$name"; mount --bind "$0/dev/$name" "/dev/$name"; done
  ln -s "$1" /dev/log
  shift
  exec kamailio "$@"
`

export class KamailioServer {
  #process: ServerProcess | undefined
  readonly rpc: KamailioRpc
  readonly rpcUrl: string

  private constructor(
    private readonly folder: string,
    readonly ports: { readonly sip: number; readonly rpc: number; readonly tls: number },
    private readonly syslog?: string,
  ) {
    this.rpcUrl = `http://tester:secret@127.0.0.1:${ports.rpc}/RPC`
    this.rpc = new KamailioRpc({ url: this.rpcUrl, timeoutMs: 10_000 })
  }

  static async start(folder: string, settings: KamailioSettings): Promise<KamailioServer> {
    const ports = { sip: await freePort(), rpc: await freePort(), tls: await freePort() }
    const server = new KamailioServer(folder, ports, settings.syslog)
    mkdirSync(folder, { recursive: true })
    for (const name of globSync('*.cfg', { cwd: 'infra/kamailio' }))
      copyFileSync(join('infra/kamailio', name), join(folder, name))
    writeFileSync(join(folder, 'kamailio-local.cfg'), localSettings(folder, ports, settings))
    await orEnd(server.start(), () => server.stop('SIGKILL'))
    return server
  }

  async start(): Promise<void> {
    const { folder } = this
    const runtime = join(folder, 'run')
    rmSync(runtime, { recursive: true, force: true })
    mkdirSync(runtime)
    const args = [
      '-DD',
      '-m',
      '64',
      '-M',
      '8',
      '-f',
      join(folder, 'kamailio.cfg'),
      '-Y',
      runtime,
      '-P',
      join(folder, 'pid'),
    ]
    const [command, ...first] =
      this.syslog === undefined ? ['kamailio', '-E'] : ['unshare', '-rm', 'sh', '-euc', OWN_DEV, folder, this.syslog]
    const begin = () => new ServerProcess(join(folder, 'kamailio.log'), command!, [...first, ...args])
    let child = begin()
    this.#process = child
    await until('Kamailio answers', async () => {
      if (child.running) return this.rpc.call('core.version')
      const output = child.output().slice(-3000)
      // it does not wait for a database that is slow to answer, and is then begun again, as systemd does
      await new Promise((resolve) => setTimeout(resolve, 500))
      child = this.#process = begin()
      throw new Error(`Kamailio ended:\n${output}`)
    })
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    await (signal === 'SIGTERM' ? this.#process?.stop('SIGTERM') : this.#process?.killGroup())
  }

  /** It takes what is sent, and answers nothing, until it goes on. */
  hang(): void {
    this.#process?.signalGroup('SIGSTOP')
  }

  goOn(): void {
    this.#process?.signalGroup('SIGCONT')
  }

  log(): string {
    return this.#process?.output() ?? ''
  }
}

function localSettings(
  folder: string,
  ports: { readonly sip: number; readonly rpc: number; readonly tls: number },
  { databaseUrl, redisPort, tls, defines = {} }: KamailioSettings,
): string {
  const basic = `Basic ${Buffer.from('tester:secret').toString('base64')}`
  const all: Record<string, string> = {
    LISTEN_UDP: `udp:127.0.0.1:${ports.sip}`,
    LISTEN_TCP: `tcp:127.0.0.1:${ports.sip}`,
    LISTEN_RPC: `tcp:127.0.0.1:${ports.rpc}`,
    RPC_PORT: String(ports.rpc),
    RPC_SUBNETS: '"127.0.0.1/32"',
    RPC_AUTHORIZATION: `"${basic}"`,
    DBURL: `"${databaseUrl}"`,
    EVENT_REDIS: `"name=events;addr=127.0.0.1;port=${redisPort};db=0"`,
    UDP_WORKERS: '4',
    TCP_WORKERS: '2',
    MIN_EXPIRES: '1',
    EXPIRY_SCAN: '1',
    // longer than a phone of a busy machine takes to say something
    REPLY_TIMEOUT: '4000',
    RING_TIMEOUT: '8000',
    GATEWAY_PING: '1',
    TRUNK_CONTACT: `"127.0.0.1:${ports.sip}"`,
    ...defines,
  }
  const lines = Object.entries(all).map(([name, value]) => `#!define ${name} ${value}`)
  if (tls !== undefined) {
    const config = join(folder, 'tls.cfg')
    const files = `private_key = ${join(tls, 'key.pem')}\ncertificate = ${join(tls, 'certificate.pem')}\n`
    writeFileSync(config, `[server:default]\nmethod = TLSv1.2+\n${files}`)
    lines.push('#!define WITH_TLS', `#!define LISTEN_TLS tls:127.0.0.1:${ports.tls}`, `#!define TLS_CONFIG "${config}"`)
  }
  return `${lines.join('\n')}\n`
}
