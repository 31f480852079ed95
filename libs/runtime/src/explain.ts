import type { Config } from './config.js'
import { maskUrls } from './mask.js'

/** Why it could not start, and what to do, in words. */
export function explain(error: unknown, { host, port }: Pick<Config, 'host' | 'port'>): string {
  if (!(error instanceof Error)) return `Trunkline could not start: ${String(error)}`
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') return `Port ${port} of ${host} is in use. Stop what uses it, or choose another with PORT.`
  if (code === 'EADDRNOTAVAIL') return `${host} is no address of this machine. Set HOST to one that is.`
  if (code === 'EACCES') return `Trunkline may not do that: ${error.message}. Check PORT (below 1024?) and DATA_DIR.`
  if (code === 'BAD_KAMAILIO_NODES') return `KAMAILIO_NODES: ${maskUrls(error.message)}`
  return `Trunkline could not start: ${maskUrls(error.message)}`
}
