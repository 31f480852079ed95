/** A real Kafka broker (KRaft, one node) of one test file or benchmark: free ports, a folder of its own, stopped by its pid. */
import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { installKafka } from '../../tools/install-kafka.mjs'
import { freePort } from './free-port.js'
import { sendSignal } from './send-signal.js'

const START_MS = 150_000
/** Lines of the broker's own log that a failure shows. */
const TAIL = 40

export interface KafkaBrokerOptions {
  /** Settings of server.properties on top of those below; `{port}` and `{controllerPort}` in them are replaced. */
  readonly settings?: Readonly<Record<string, string>>
  /** Joins the cluster of this one, as a broker with the node id 2 that is no controller. */
  readonly joins?: KafkaBroker
  /** Options of the Java machine; small and quick to start by default. */
  readonly java?: readonly string[]
}

export class KafkaBroker {
  readonly port: number
  readonly folder: string
  readonly #controllerPort: number
  readonly #installed: string
  readonly #options: KafkaBrokerOptions
  #process: ChildProcess | undefined
  readonly #tail: string[] = []

  private constructor(folder: string, ports: readonly [number, number], options: KafkaBrokerOptions) {
    this.folder = folder
    this.port = ports[0]
    this.#controllerPort = ports[1]
    this.#options = options
    this.#installed = installKafka()
  }

  /** Starts a broker with an empty log. */
  static async start(options: KafkaBrokerOptions = {}): Promise<KafkaBroker> {
    const folder = mkdtempSync(join(tmpdir(), 'trunkline-kafka-'))
    const broker = new KafkaBroker(folder, [await freePort(), await freePort()], options)
    const data = join(folder, 'data')
    cpSync(join(broker.#installed, 'formatted'), data, { recursive: true })
    if (options.joins !== undefined) becomeSecond(data)
    try {
      await broker.start()
    } catch (error) {
      await broker.dispose()
      throw error
    }
    return broker
  }

  /** `host:port`, for a list of bootstrap brokers. */
  get address(): string {
    return `127.0.0.1:${this.port}`
  }

  get pid(): number {
    return this.#process!.pid!
  }

  /** With its data of before, on the same port, when it ran before. */
  async start(): Promise<void> {
    const file = join(this.folder, 'server.properties')
    writeFileSync(file, this.#properties())
    const java = this.#options.java ?? ['-Xms128m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
    const logging = ['defaultLogLevel=warn', 'showDateTime=true', 'log.kafka.server.KafkaRaftServer=info']
    const child = spawn(
      'java',
      [
        ...java,
        ...logging.map((setting) => `-Dorg.slf4j.simpleLogger.${setting}`),
        ...['-cp', join(this.#installed, 'jars/*'), 'kafka.Kafka', file],
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    )
    this.#process = child
    await new Promise<void>((resolve, reject) => {
      const fail = (why: string) => reject(new Error(`Kafka broker ${why}\n${this.#tail.join('\n')}`))
      const timer = setTimeout(() => fail(`has not started in ${START_MS} ms`), START_MS)
      child.once('error', (error) => fail(`cannot run: ${error.message}`))
      child.once('exit', (code, signal) => fail(`ended (${code ?? signal})`))
      createInterface({ input: child.stderr }).on('line', (line) => {
        this.#tail.push(line)
        if (this.#tail.length > TAIL) this.#tail.shift()
        if (!line.includes('Kafka Server started')) return
        clearTimeout(timer)
        resolve()
      })
    })
  }

  /** Stops it in order (SIGTERM). */
  stop(): Promise<void> {
    return this.#end('SIGTERM')
  }

  /** Kills it without warning. */
  kill(): Promise<void> {
    return this.#end('SIGKILL')
  }

  /** Starts it again, after killing it if need be. */
  async restart(): Promise<void> {
    await this.kill()
    await this.start()
  }

  /** Stops it in its tracks (SIGSTOP): connections stay open, and nothing is answered until `thaw`. */
  freeze(): void {
    sendSignal(this.#process!, 'SIGSTOP')
  }

  thaw(): void {
    this.#process!.kill('SIGCONT')
  }

  /** What it said last. */
  get log(): string {
    return this.#tail.join('\n')
  }

  async dispose(): Promise<void> {
    await this.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill(signal)
    await gone
  }

  #properties(): string {
    const { joins } = this.#options
    const own = `PLAINTEXT://127.0.0.1:${this.port}`
    const settings = {
      'process.roles': joins === undefined ? 'broker,controller' : 'broker',
      'node.id': joins === undefined ? '1' : '2',
      'controller.quorum.voters': `1@127.0.0.1:${(joins ?? this).#controllerPort}`,
      'controller.listener.names': 'CONTROLLER',
      listeners: joins === undefined ? `${own},CONTROLLER://127.0.0.1:${this.#controllerPort}` : own,
      'advertised.listeners': own,
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
      'log.dirs': join(this.folder, 'data'),
      'auto.create.topics.enable': 'false',
      'offsets.topic.num.partitions': '1',
      'offsets.topic.replication.factor': '1',
      'transaction.state.log.replication.factor': '1',
      'transaction.state.log.min.isr': '1',
      'group.initial.rebalance.delay.ms': '0',
      'group.min.session.timeout.ms': '500',
      'log.cleaner.dedupe.buffer.size': '8388608',
      'num.network.threads': '2',
      'num.io.threads': '4',
      'controlled.shutdown.enable': 'false',
      // So that a broker that was killed is taken back soon.
      'broker.session.timeout.ms': '1500',
      'broker.heartbeat.interval.ms': '300',
      ...this.#options.settings,
    }
    const ports: Record<string, string> = { port: String(this.port), controllerPort: String(this.#controllerPort) }
    return Object.entries(settings)
      .map(
        ([name, value]) => `${name}=${value.replaceAll(/\{(port|controllerPort)\}/g, (_, which) => ports[which]!)}\n`,
      )
      .join('')
  }
}

/** Makes another node of a formatted storage folder. */
function becomeSecond(data: string): void {
  rmSync(join(data, '__cluster_metadata-0'), { recursive: true })
  const file = join(data, 'meta.properties')
  const id = randomBytes(16).toString('base64url')
  const text = readFileSync(file, 'utf8').replace('node.id=1', 'node.id=2')
  writeFileSync(file, text.replace(/^directory\.id=.*$/m, `directory.id=${id}`))
}
