/** The disk under a listener's spool. */
import { execFile } from 'node:child_process'
import { copyFileSync, appendFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Fault } from '../fault.js'

const run = promisify(execFile)

/** Files of the process cannot grow (RLIMIT_FSIZE): every write fails, as on a disk without room. */
async function full(pid: number, isFull: boolean): Promise<void> {
  await run('prlimit', ['--pid', String(pid), `--fsize=${isFull ? 0 : 'unlimited'}:unlimited`])
}

export const DISK: readonly Fault[] = [
  {
    name: 'disk-full',
    about:
      'Kafka is away and the disk of the only listener is full: it says so, holds on to the facts, and spools later',
    roles: ['listener1', 'projector1', 'projector2'],
    traffic: { seconds: 9 },
    async make(site) {
      const { kafka } = site.options.servers
      const listener = site.apps.get('listener1')!
      await kafka.kill()
      await site.pause(200, 1000)
      await full(listener.pid, true)
      const said = () => listener.log.some((line) => line.includes('cannot be spooled to disk'))
      await site.until('the listener says that the disk is full', said)
      await site.pause(500, 2000)
      await full(listener.pid, false)
      await site.pause(500)
      await kafka.start()
    },
  },
  {
    name: 'disk-and-memory-full',
    about: 'As before, until memory is full too: the only listener leaves the switches, and the gap is told of',
    roles: ['listener1', 'projector1', 'projector2'],
    // more than the 128 MiB of events that a listener holds in memory
    traffic: { seconds: 9, fat: 700_000 },
    deafens: true,
    async make(site) {
      const { kafka } = site.options.servers
      const listener = site.apps.get('listener1')!
      await Promise.all([kafka.kill(), full(listener.pid, true)])
      const left = () => listener.log.some((line) => line.includes('facts came faster than they could be kept'))
      await site.until('the listener leaves the switches', left)
      await site.pause(200, 1000)
      await full(listener.pid, false)
      await site.pause(200, 1000)
      await kafka.start()
    },
  },
  {
    name: 'spool-replayed',
    about: 'While Kafka is away a listener is killed; it finds its spool twice, the second copy torn at its end',
    traffic: { seconds: 9 },
    async make(site) {
      const { kafka } = site.options.servers
      await kafka.kill()
      const folder = join(site.deployment.dataDir, 'listener1', 'spool-1', 'facts')
      await site.until('the listener spools', () => spooled(folder).length > 0)
      await site.pause(500, 1500)
      await site.kill('listener1')
      replay(folder)
      await Promise.all([site.start('listener1'), kafka.start()])
    },
  },
]

function spooled(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.endsWith('.jsonl'))
}

/** Each file once more after the last one, and half a line behind it, as a power cut leaves it. */
function replay(folder: string): void {
  const names = spooled(folder).sort()
  for (const name of names) {
    const copy = `${String(Number.parseInt(name, 10) + names.length).padStart(12, '0')}.jsonl`
    copyFileSync(join(folder, name), join(folder, copy))
    appendFileSync(join(folder, copy), '{"id":"torn","type":"channel.cre')
  }
}
