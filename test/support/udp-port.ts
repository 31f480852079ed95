import { readFileSync } from 'node:fs'

/** Waits until somebody listens on this UDP port: SIPp does not say when it does, and what comes before is lost. */
export async function untilTaken(port: number): Promise<void> {
  const place = new RegExp(`^ *\\d+: [0-9A-F]{8}:${port.toString(16).toUpperCase().padStart(4, '0')} `, 'm')
  for (const end = Date.now() + 30_000; Date.now() < end;) {
    if (place.test(readFileSync('/proc/net/udp', 'latin1'))) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`nobody listens on UDP port ${port}`)
}
