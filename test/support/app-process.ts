/** A built app (`npm run build`) as a process of its own. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { sendSignal } from './send-signal.js'

const APPS = join(import.meta.dirname, '../../apps')
const START_MS = 120_000

export type AppName =
  'standalone' | 'esl-listener' | 'kamailio-listener' | 'projector' | 'graphql' | 'command-api' | 'provisioner'

export interface StartedApp {
  readonly name: AppName
  readonly pid: number
  /** http://host:port, of the API or of health and metrics. */
  readonly url: string
  /** What it has logged, newest last; the last 200 lines. */
  readonly log: readonly string[]
  /** Exit code and signal; undefined while it runs. */
  ended(): { readonly code: number | null; readonly signal: NodeJS.Signals | null } | undefined
  signal(name: NodeJS.Signals): void
  /** Sends the signal (SIGKILL by default) and waits for the end; a process that ended already does not matter. */
  stop(name?: NodeJS.Signals): Promise<void>
}

/**
 * Starts an app on a free port of 127.0.0.1 and resolves when it says that it runs. Only `env`, PATH and HOME are set, and
 * `PORT=0` and `LOG_LEVEL=warn` unless given. Rejects with its log when it ends before or takes more than two minutes.
 */
export async function startApp(name: AppName, env: Readonly<Record<string, string>>): Promise<StartedApp> {
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(process.execPath, [join(APPS, name, 'dist/main.js')], {
    env: { PATH, HOME, PORT: '0', LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const log: string[] = []
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    log.push(...chunk.split('\n').filter((line) => line !== ''))
    log.splice(0, log.length - 200)
  })
  try {
    const url = await urlOf(child)
    return {
      name,
      pid: child.pid!,
      url,
      log,
      ended: () =>
        child.exitCode === null && child.signalCode === null
          ? undefined
          : { code: child.exitCode, signal: child.signalCode },
      signal: (signal) => sendSignal(child, signal),
      stop: (signal = 'SIGKILL') => end(child, signal),
    }
  } catch (error) {
    await end(child, 'SIGKILL')
    throw new Error(`${name}: ${(error as Error).message}\n${log.slice(-20).join('\n')}`)
  }
}

function urlOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let words = ''
    const timer = setTimeout(() => reject(new Error(`has not started in ${START_MS} ms: ${words}`)), START_MS)
    child.once('exit', (code, signal) => reject(new Error(`ended with ${code ?? signal}: ${words}`)))
    child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
      words += chunk
      // a listener names the nodes that it hears before itself, and they may have such addresses too
      const own = words.includes('metrics at ') ? words.slice(words.indexOf('metrics at ')) : words
      const url = words.includes('\n') ? /\bhttp:\/\/[\w.:[\]-]+:\d+/.exec(own)?.[0] : undefined
      if (url === undefined) return
      clearTimeout(timer)
      resolve(url)
    })
  })
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  // a process that is stopped takes no other signal than SIGKILL until it goes on
  child.kill('SIGCONT')
  child.kill(signal)
  await exit
}
