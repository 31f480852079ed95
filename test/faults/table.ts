import type { Outcome } from './fault.js'

const WIDTHS = [24, 10, 17, 6, 9, 8] as const

export function heading(): string {
  return [
    row(['fault', 'duration', 'events in flight', 'lost', 'doubled', 'verdict']),
    WIDTHS.map((width) => '-'.repeat(width)).join('-|-'),
  ].join('\n')
}

export function line({ name, durationMs, inFlight, lost, doubled, ok }: Outcome): string {
  return row([
    name,
    `${(durationMs / 1000).toFixed(1)} s`,
    String(inFlight),
    String(lost),
    String(doubled),
    ok ? 'right' : 'WRONG',
  ])
}

function row(cells: readonly string[]): string {
  return cells
    .map((cell, index) => (index === 0 || index === 5 ? cell.padEnd(WIDTHS[index]!) : cell.padStart(WIDTHS[index]!)))
    .join(' | ')
}
