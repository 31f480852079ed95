/** Watches the folder of mod_json_cdr and tells each record once. Files are never changed or deleted. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Fact } from '@trunkline/domain'
import { translateCdr } from '@trunkline/esl'
import type { ListenerLogger } from './logger.js'
import { ToldFiles } from './told-files.js'

const DAY_MS = 86_400_000
/** Files told before it is noted down that they were. */
const BATCH = 200
/** A file that is no record after so long will not become one, ms. */
const GIVE_UP_MS = 60_000
/** A folder that changed so short ago may have changed again under the same time stamp, ms. */
const SAME_STAMP_MS = 2000
const MAX_FILE = 32 * 1024 * 1024

export interface CdrFolderOptions {
  readonly folder: string
  /** Where it remembers which files it has told. */
  readonly stateFile: string
  readonly switchName: string
  /** Resolves when the facts are safe: only then their files count as told. */
  readonly tell: (facts: readonly Fact[]) => Promise<void>
  readonly logger: ListenerLogger
  /** Files that are older than this at the very first start are history, ms; one day by default. */
  readonly maxAgeMs?: number
  readonly pollMs?: number
}

export class CdrFolder {
  readonly #options: CdrFolderOptions
  readonly #told: ToldFiles
  #timer: NodeJS.Timeout | undefined
  #scanning: Promise<void> = Promise.resolve()
  #closed = false
  #complained = false
  /** When the folder last changed, as of a look that left nothing over. */
  #seenChange = -1
  #firstScan: boolean

  constructor(options: CdrFolderOptions) {
    this.#options = options
    this.#told = new ToldFiles(options.stateFile)
    this.#firstScan = !this.#told.existed
  }

  start(): void {
    this.#timer = setTimeout(() => void (this.#scanning = this.#poll()), 0)
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#scanning
    this.#told.close()
  }

  async #poll(): Promise<void> {
    const { folder, logger, pollMs = 2000 } = this.#options
    try {
      await this.scan()
      this.#complained = false
    } catch (error) {
      if (!this.#complained && !this.#closed)
        logger.error({ err: error, folder }, 'the folder of CDR files cannot be read')
      this.#complained = true
    }
    if (!this.#closed) this.#timer = setTimeout(() => void (this.#scanning = this.#poll()), pollMs)
  }

  /** One look at the folder. */
  async scan(): Promise<void> {
    const { folder } = this.#options
    const { mtimeMs: change } = await stat(folder)
    if (change === this.#seenChange) return
    const present = (await readdir(folder)).filter((name) => name.endsWith('.cdr.json'))
    const names = present.filter((name) => !this.#told.has(name)).sort()
    let left = 0
    for (let at = 0; at < names.length && !this.#closed; at += BATCH)
      left += await this.#tellSome(names.slice(at, at + BATCH))
    if (this.#closed) return
    this.#firstScan = false
    this.#told.keepOnly(new Set(present))
    if (left === 0 && Date.now() - change > SAME_STAMP_MS) this.#seenChange = change
  }

  /** Returns how many are not whole yet. */
  async #tellSome(names: readonly string[]): Promise<number> {
    const facts: Fact[] = []
    const done: string[] = []
    for (const name of names) {
      const read = await this.#read(name)
      if (read === 'later') continue
      done.push(name)
      if (read !== 'never') facts.push(read)
    }
    await this.#options.tell(facts)
    this.#told.add(done)
    return names.length - done.length
  }

  async #read(name: string): Promise<Fact | 'later' | 'never'> {
    const { folder, switchName, logger, maxAgeMs = DAY_MS } = this.#options
    const path = join(folder, name)
    try {
      const { mtimeMs, size } = await stat(path)
      const ageMs = Date.now() - mtimeMs
      if (this.#firstScan && ageMs > maxAgeMs) return 'never'
      const fact = size > MAX_FILE ? undefined : translateCdr(await readFile(path, 'utf8'), switchName)
      if (fact !== undefined) return fact
      if (ageMs < GIVE_UP_MS) return 'later'
      logger.warn({ path }, 'this file is no record of mod_json_cdr; it is left out')
      return 'never'
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'never'
      throw error
    }
  }
}
