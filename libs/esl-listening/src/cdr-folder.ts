/** Watches the folder of mod_json_cdr and tells each record once. Files are never changed or deleted. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Fact } from '@trunkline/domain'
import { translateCdr } from '@trunkline/esl'
import type { ListenerLogger } from './logger.js'

const HOUR_MS = 3_600_000

export interface CdrFolderOptions {
  readonly folder: string
  /** Where it remembers which files it has told. */
  readonly stateFile: string
  readonly switchName: string
  readonly tell: (fact: Fact) => void
  readonly logger: ListenerLogger
  /** Files that are older than this at the first start are history, ms; one day by default. */
  readonly maxAgeMs?: number
  readonly pollMs?: number
}

export class CdrFolder {
  readonly #options: CdrFolderOptions
  readonly #told: Map<string, number>
  #timer: NodeJS.Timeout | undefined
  #closed = false
  #complained = false

  constructor(options: CdrFolderOptions) {
    this.#options = options
    this.#told = loadState(options.stateFile)
  }

  start(): void {
    this.#timer = setTimeout(() => void this.#poll(), 0)
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
  }

  async #poll(): Promise<void> {
    try {
      await this.scan()
      this.#complained = false
    } catch (error) {
      if (!this.#complained)
        this.#options.logger.error(
          { err: error, folder: this.#options.folder },
          'the folder of CDR files cannot be read',
        )
      this.#complained = true
    }
    if (!this.#closed) this.#timer = setTimeout(() => void this.#poll(), this.#options.pollMs ?? 2000)
  }

  /** One look at the folder. */
  async scan(): Promise<void> {
    const { folder, maxAgeMs = 24 * HOUR_MS, stateFile } = this.#options
    const names = (await readdir(folder)).filter((name) => name.endsWith('.cdr.json') && !this.#told.has(name))
    let changed = false
    for (const name of names) {
      const path = join(folder, name)
      const { mtimeMs } = await stat(path)
      if (Date.now() - mtimeMs > maxAgeMs || (await this.#tell(path, mtimeMs))) {
        this.#told.set(name, mtimeMs)
        changed = true
      }
    }
    if (changed) saveState(stateFile, this.#told)
  }

  /** False while the file is not whole. */
  async #tell(path: string, mtimeMs: number): Promise<boolean> {
    const fact = translateCdr(await readFile(path, 'utf8'), this.#options.switchName)
    if (fact !== undefined) {
      this.#options.tell(fact)
      return true
    }
    if (Date.now() - mtimeMs < 60_000) return false
    this.#options.logger.warn({ path }, 'this file is no record of mod_json_cdr; it is left out')
    return true
  }
}

function loadState(file: string): Map<string, number> {
  try {
    return new Map(JSON.parse(readFileSync(file, 'utf8')) as [string, number][])
  } catch {
    return new Map()
  }
}

/** Telling a file twice does no harm (its fact has one id), so the state may be a little behind. */
function saveState(file: string, told: ReadonlyMap<string, number>): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(`${file}.new`, JSON.stringify([...told]))
  renameSync(`${file}.new`, file)
}
