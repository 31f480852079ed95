/** Runs SIPp scenarios of test/kamailio/sipp. `{{name}}` in a scenario is filled in before it runs. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface SippRun {
  readonly scenario: string
  /** Where SIPp sends to; none for a scenario that waits. */
  readonly remotePort?: number
  /** Where SIPp itself is; any free one by default. */
  readonly localPort?: number
  readonly user?: string
  readonly password?: string
  readonly values?: Readonly<Record<string, string | number>>
  readonly timeoutSeconds?: number
}

/** Resolves when the scenario ran through; rejects with what SIPp wrote when it did not. */
export async function sipp(run: SippRun): Promise<void> {
  const { scenario, remotePort, localPort, user = 'alice', password = 'secret', values = {}, timeoutSeconds = 60 } = run
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-sipp-'))
  const file = join(folder, `${scenario}.xml`)
  writeFileSync(file, filled(readFileSync(join('test/kamailio/sipp', `${scenario}.xml`), 'utf8'), { user, ...values }))
  const args = ['-sf', file, '-i', '127.0.0.1', '-m', '1', '-nostdin', '-au', user, '-ap', password]
  args.push('-timeout', `${timeoutSeconds}s`, '-timeout_error', '-trace_err', '-trace_msg')
  if (localPort !== undefined) args.push('-p', String(localPort))
  if (remotePort !== undefined) args.push(`127.0.0.1:${remotePort}`)
  const child = spawn('sipp', args, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TERM: 'xterm' },
  })
  const output: Buffer[] = []
  child.stdout.on('data', () => undefined)
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const wrote = Buffer.concat(output).toString('latin1')
  rmSync(folder, { recursive: true, force: true })
  if (code !== 0) throw new Error(`SIPp scenario ${scenario} ended with ${code}: ${wrote.slice(-1500)}`)
}

function filled(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`the scenario wants a value for ${name}`)
    return String(value)
  })
}
