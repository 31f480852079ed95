/** Endpoints (SIPp) that register at a real Kamailio, refresh, and call each other. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../support/free-port.js'
import { SippProcess } from './sipp-process.js'

export interface PhonesOptions {
  readonly kamailio: { readonly host: string; readonly port: number }
  readonly domain: string
  readonly password: string
  readonly count: number
  /** Life of a registration, s. */
  readonly expires: number
}

/** How long a SIP call talks, ms. */
export const SIP_TALK_MS = 3000
const FIRST_ROUND_PER_SECOND = 200

export const phoneName = (number: number): string => `load${String(number + 1).padStart(5, '0')}`

export class Phones {
  readonly #options: PhonesOptions
  readonly #folder = mkdtempSync(join(tmpdir(), 'trunkline-phones-'))
  readonly #running = new Set<SippProcess>()
  #calleePort = 0
  #round = 0
  #stopped = false
  #refreshing: Promise<void> = Promise.resolve()
  /** Rounds of refreshing that went through. */
  refreshes = 0
  problem: string | undefined

  constructor(options: PhonesOptions) {
    this.#options = options
    const names = Array.from({ length: options.count }, (_, index) => phoneName(index))
    // SIPp fills no field inside of another keyword: the whole keyword is a field
    const key = (name: string) => `[authentication username=${name} password=${options.password}]`
    const lines = names.map((name) => `${name};${key(name)};\n`)
    writeFileSync(join(this.#folder, 'endpoints.csv'), `SEQUENTIAL\n${lines.join('')}`)
    const pairs = names.map((name, index) => `${name};${names[(index + 1) % names.length]};${key(name)};\n`)
    writeFileSync(join(this.#folder, 'pairs.csv'), `SEQUENTIAL\n${pairs.join('')}`)
  }

  get pids(): number[] {
    return [...this.#running].flatMap(({ pid }) => pid ?? [])
  }

  /** Registers all; then each refreshes, evenly, before its registration runs out. */
  async register(): Promise<void> {
    this.#calleePort = await freePort()
    // whoever is called answers here, for all endpoints
    this.#start('answer', { args: ['-p', String(this.#calleePort)] })
    await this.#registerAll(FIRST_ROUND_PER_SECOND)
    if (this.problem !== undefined) throw new Error(`not all endpoints could register: ${this.problem}`)
    this.#refreshing = this.#refresh()
  }

  /** Places calls at this rate; resolves when all have ended. Throws when one of them failed. */
  async call(total: number, perSecond: number): Promise<void> {
    const { domain } = this.#options
    const place = await this.#place()
    const args = ['-inf', 'pairs.csv', '-m', String(total), '-l', String(total), ...rate(perSecond), ...place]
    const one = this.#start('call', { values: { domain, talk: SIP_TALK_MS }, args })
    const code = await one.ended
    this.#running.delete(one)
    if (code !== 0 && !this.#stopped) throw new Error(`calls through Kamailio failed (${code}): ${one.errors}`)
  }

  async close(): Promise<void> {
    this.#stopped = true
    await Promise.all([...this.#running].map((one) => one.stop()))
    await this.#refreshing
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #refresh(): Promise<void> {
    const { count, expires } = this.#options
    while (!this.#stopped && this.problem === undefined) {
      await this.#registerAll(count / (expires / 2))
      if (!this.#stopped && this.problem === undefined) this.refreshes += 1
    }
  }

  async #registerAll(perSecond: number): Promise<void> {
    const { domain, count, expires } = this.#options
    this.#round += 1
    const values = { domain, expires, calleePort: this.#calleePort, cseq: this.#round }
    // the same Call-IDs in each round, so that it is one registration that is refreshed
    const ids = ['-cid_str', `endpoint-%u-${process.pid}@load`]
    const args = ['-inf', 'endpoints.csv', '-m', String(count), ...ids, ...rate(perSecond), ...(await this.#place())]
    const one = this.#start('register', { values, args })
    const code = await one.ended
    this.#running.delete(one)
    if (code !== 0 && !this.#stopped) this.problem = `SIPp ended with ${code}: ${one.errors}`
  }

  get #address(): string {
    return this.#options.kamailio.host.startsWith('127.') ? '127.0.0.1' : '0.0.0.0'
  }

  async #place(): Promise<string[]> {
    const { host, port } = this.#options.kamailio
    return ['-p', String(await freePort()), `${host}:${port}`]
  }

  #start(
    scenario: 'register' | 'call' | 'answer',
    how: { readonly values?: Readonly<Record<string, string | number>>; readonly args: readonly string[] },
  ): SippProcess {
    const local = this.#address === '127.0.0.1' ? ['-i', '127.0.0.1'] : []
    const name = `${scenario}-${this.#round}`
    const one = new SippProcess({ folder: this.#folder, scenario, name, ...how, args: [...local, ...how.args] })
    this.#running.add(one)
    return one
  }
}

/** SIPp takes whole calls in a period of ms. */
function rate(perSecond: number): string[] {
  if (perSecond >= 10) return ['-r', String(Math.round(perSecond))]
  return ['-r', '1', '-rp', String(Math.round(1000 / perSecond))]
}
