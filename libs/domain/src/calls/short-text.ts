/** Longest text from the wire that becomes part of an id, UTF-16 units. Ordinary Call-IDs are far shorter. */
const LONGEST = 160

/**
 * Text short enough to be part of an id. What is longer is cut and told apart by two hashes of all of it (FNV-1a with
 * different beginnings, 64 bits together): whoever makes two such texts alike confuses only own calls.
 */
export function shortText(text: string): string {
  if (text.length <= LONGEST) return text
  const hash = [0x811c9dc5, 0x01234567].map((start) => fnv1a(text, start).toString(16).padStart(8, '0')).join('')
  return `${text.slice(0, LONGEST - hash.length - 1)}~${hash}`
}

function fnv1a(text: string, start: number): number {
  let hash = start
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return hash >>> 0
}
