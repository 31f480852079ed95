import { readFileSync, readlinkSync } from 'node:fs'

/**
 * Names a process so that others can tell whether it still runs: where numbers of processes mean the same (one boot of
 * one kernel, one namespace), and its number there. Elsewhere than on Linux there is no telling, and nothing is assumed.
 */
export function thisProcess(): string {
  return `${place() ?? '-'}/${process.pid}`
}

/** True only for a process of this machine that has ended. */
export function isGone(mark: string): boolean {
  const at = mark.lastIndexOf('/')
  const pid = Number(mark.slice(at + 1))
  if (place() === undefined || mark.slice(0, at) !== place() || !Number.isInteger(pid) || pid < 1) return false
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

function place(): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    const namespace = /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? ''
    return `${boot}/${namespace}`
  } catch {
    return undefined
  }
}
