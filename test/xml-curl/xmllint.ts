/** What libxml2 says of documents: one process for many, since starting one takes longer than reading. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NOT_FOUND } from '@trunkline/xml-curl'

const SCHEMAS = 'test/xml-curl/schemas'

/** Faults of documents against the schema of their section; empty when all are right. */
export function faultsOf(documents: readonly string[]): string {
  const bySchema = Map.groupBy(documents, schemaOf)
  return [...bySchema].map(([schema, texts]) => lint(texts, ['--relaxng', join(SCHEMAS, `${schema}.rng`)])).join('')
}

export function schemaOf(document: string): string {
  if (document === NOT_FOUND) return 'not-found'
  return /<section name="(directory|dialplan|configuration)">/.exec(document)?.[1] ?? 'not-found'
}

function lint(documents: readonly string[], args: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-xml-'))
  try {
    const files = documents.map((text, i) => {
      const file = join(folder, `${i}.xml`)
      writeFileSync(file, text)
      return file
    })
    const { status, stderr, error } = spawnSync('xmllint', ['--noout', '--nonet', ...args, ...files], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    })
    if (error !== undefined) throw error
    return status === 0
      ? ''
      : stderr
          .split('\n')
          .filter((line) => !line.endsWith(' validates'))
          .join('\n')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The value of an attribute as a reader of XML has it, of the first element that fits. */
export function values(document: string, pattern: RegExp): string[] {
  return [...document.matchAll(pattern)].map((match) => decode(match[1]!))
}

function decode(text: string): string {
  return text
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replace(
      /&(lt|gt|quot|apos|amp);/g,
      (_, name: string) => ({ lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' })[name]!,
    )
}
