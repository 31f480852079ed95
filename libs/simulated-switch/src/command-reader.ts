/** One command of a client: its first line and the header lines after it. */
export interface Command {
  readonly line: string
  readonly headers: ReadonlyMap<string, string>
}

const LONGEST_COMMAND = 256 * 1024

/** Cuts the bytes of a client into commands: lines up to an empty one, then a body when a Content-Length says so. */
export class CommandReader {
  #text = ''

  /** The commands that are complete now. Throws a RangeError when a client sends without end and never an empty line. */
  read(chunk: Buffer): Command[] {
    this.#text += chunk.toString('latin1').replaceAll('\r', '')
    const commands: Command[] = []
    for (;;) {
      this.#text = this.#text.replace(/^\n+/, '')
      const end = this.#text.indexOf('\n\n')
      if (end < 0) break
      const [line = '', ...rest] = this.#text.slice(0, end).split('\n')
      const headers = new Map(rest.map(splitHeader))
      const next = end + 2 + Math.max(0, Number(headers.get('content-length') ?? 0))
      if (!(next <= this.#text.length)) break
      commands.push({ line: line.trim(), headers })
      this.#text = this.#text.slice(next)
    }
    if (this.#text.length > LONGEST_COMMAND) throw new RangeError('the command is too long')
    return commands
  }
}

function splitHeader(line: string): [string, string] {
  const colon = line.indexOf(':')
  return [line.slice(0, Math.max(0, colon)).trim().toLowerCase(), line.slice(colon + 1).trim()]
}
