import type { ByteRange } from '@trunkline/ports'

/**
 * The bytes that a header `Range` (RFC 9110, 14.2) asks for: `all` when there is none or one that may be ignored (other
 * units, several ranges, nonsense), `none` when it lies past the end.
 */
export function httpRange(header: string | undefined, size: number): Required<ByteRange> | 'all' | 'none' {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec(header?.trim() ?? '') ?? []
  if (first === '' && last === '') return 'all'
  if (first === '') {
    const length = Math.min(Number(last), size)
    return length === 0 ? 'none' : { from: size - length, to: size - 1 }
  }
  const from = Number(first)
  const to = last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (last !== '' && Number(last) < from) return 'all'
  return from >= size ? 'none' : { from, to }
}
