import { describe, expect, it } from '@jest/globals'
import { COMMAND_ERRORS } from '@trunkline/commands'
import { PROVISIONING_ERRORS } from '@trunkline/domain'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const text = readFileSync(join(import.meta.dirname, '../../docs/commands.md'), 'utf8')

describe('docs/commands.md', () => {
  it('lists every refusal with its status, and whether it may be sent again', () => {
    const rows = [...text.matchAll(/^\| `([A-Z_]+)` +\| (\d{3}) +\| (yes|) *\|/gm)].map(([, code, status, again]) => {
      return { code, status: Number(status), retryable: again === 'yes' }
    })
    const declared = [
      ...Object.entries(PROVISIONING_ERRORS).map(([code, { status }]) => ({ code, status, retryable: false })),
      ...Object.entries(COMMAND_ERRORS).map(([code, { status, retryable }]) => ({ code, status, retryable })),
    ]
    expect(rows).toEqual(declared)
  })
})
