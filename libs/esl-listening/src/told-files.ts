import {
  closeSync,
  fdatasyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'

/** Remembers names of files durably, one a line, appended; what is not there any more is forgotten at the next start. */
export class ToldFiles {
  readonly #path: string
  readonly #names: Set<string>
  #fd: number | undefined
  /** False when this is the first start. */
  readonly existed: boolean

  constructor(path: string) {
    this.#path = path
    mkdirSync(dirname(path), { recursive: true })
    const text = read(path)
    this.existed = text !== undefined
    // a last line that a crash tore names no file, or one that is told again, which does no harm
    this.#names = new Set((text ?? '').split('\n').filter((line) => line !== ''))
    this.#open()
  }

  has(name: string): boolean {
    return this.#names.has(name)
  }

  /** Durable when it returns. */
  add(names: readonly string[]): void {
    if (names.length === 0) return
    for (const name of names) this.#names.add(name)
    const bytes = Buffer.from(names.map((name) => `${name}\n`).join(''))
    const fd = this.#open()
    for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at)
    fdatasyncSync(fd)
  }

  /** Forgets all but these, once that is worth the writing. */
  keepOnly(present: ReadonlySet<string>): void {
    const kept = [...this.#names].filter((name) => present.has(name))
    if (this.#names.size - kept.length < 1000) return
    this.#names.clear()
    for (const name of kept) this.#names.add(name)
    this.close()
    writeFileSync(`${this.#path}.new`, kept.map((name) => `${name}\n`).join(''), { flush: true })
    renameSync(`${this.#path}.new`, this.#path)
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
    rmSync(`${this.#path}.new`, { force: true })
  }

  #open(): number {
    return (this.#fd ??= openSync(this.#path, 'a', 0o600))
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
