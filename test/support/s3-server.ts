/** A real S3-compatible server (S3Proxy) of one test file or benchmark: a free port, a folder of its own, stopped by its pid. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installS3Server } from '../../tools/install-s3-server.mjs'
import { freePort } from './free-port.js'
import { sendSignal } from './send-signal.js'

const START_MS = 90_000
/** Lines of the server's own log that a failure shows. */
const TAIL = 40
const LOGGING = `<configuration><appender name="all" class="ch.qos.logback.core.ConsoleAppender"><target>System.err</target>
<encoder><pattern>%d %level %logger{0} %msg%n</pattern></encoder></appender>
<root level="WARN"><appender-ref ref="all"/></root></configuration>`

export class S3Server {
  readonly port: number
  readonly folder: string
  readonly region = 'us-east-1'
  readonly credentials = { accessKeyId: 'AKIATRUNKLINE', secretAccessKey: 'secret key of the tests' }
  readonly #jars: string
  #process: ChildProcess | undefined
  readonly #tail: string[] = []

  private constructor(port: number) {
    this.port = port
    this.#jars = installS3Server()
    this.folder = mkdtempSync(join(tmpdir(), 'trunkline-s3-'))
    mkdirSync(join(this.folder, 'data'))
    writeFileSync(join(this.folder, 'logback.xml'), LOGGING)
    writeFileSync(join(this.folder, 's3proxy.conf'), this.#settings())
  }

  /** Starts a server that has no buckets. */
  static async start(): Promise<S3Server> {
    const server = new S3Server(await freePort())
    try {
      await server.start()
    } catch (error) {
      await server.dispose()
      throw error
    }
    return server
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** What the S3 adapter needs to reach it. */
  get options() {
    return { endpoint: this.endpoint, region: this.region, credentials: this.credentials }
  }

  /** With its data of before, on the same port, when it ran before. */
  async start(): Promise<void> {
    const java = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
    const child = spawn(
      'java',
      [
        ...java,
        `-Dlogback.configurationFile=${join(this.folder, 'logback.xml')}`,
        ...['-cp', join(this.#jars, '*'), 'org.gaul.s3proxy.Main'],
        ...['--properties', join(this.folder, 's3proxy.conf')],
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    )
    this.#process = child
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#tail.push(...text.trimEnd().split('\n'))
      this.#tail.splice(0, this.#tail.length - TAIL)
    })
    let failure: string | undefined
    child.once('error', (error) => (failure = `cannot run: ${error.message}`))
    child.once('exit', (code, signal) => (failure = `ended (${code ?? signal})`))
    const deadline = performance.now() + START_MS
    while (!(await this.#answers())) {
      if (performance.now() > deadline) failure = `has not started in ${START_MS} ms`
      if (failure !== undefined) throw new Error(`S3 server ${failure}\n${this.log}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
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

  async #answers(): Promise<boolean> {
    try {
      const answer = await fetch(this.endpoint, { signal: AbortSignal.timeout(2000) })
      await answer.arrayBuffer()
      // Nobody may ask without a signature.
      return answer.status === 403
    } catch {
      return false
    }
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill(signal)
    await gone
  }

  #settings(): string {
    const settings = {
      's3proxy.endpoint': this.endpoint,
      's3proxy.authorization': 'aws-v4',
      's3proxy.identity': this.credentials.accessKeyId,
      's3proxy.credential': this.credentials.secretAccessKey,
      'jclouds.provider': 'filesystem-nio2',
      'jclouds.filesystem.basedir': join(this.folder, 'data'),
    }
    return Object.entries(settings)
      .map(([name, value]) => `${name}=${value}\n`)
      .join('')
  }
}
