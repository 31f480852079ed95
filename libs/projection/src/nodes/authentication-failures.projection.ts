/** The `security` view: refused credentials and floods, one row each. Credentials themselves are not kept. */
import type { Fact } from '@trunkline/domain'
import type { Row } from '@trunkline/ports'
import type { Projection, ProjectionContext } from '../projection.js'
import { authenticationFailuresTable } from '../tables/node-tables.js'
import { keyText } from './key-text.js'

/** What strangers send is cut: it stands in indexed columns. */
const LONGEST = 255

export class AuthenticationFailuresProjection implements Projection {
  readonly id = 'security'
  readonly version = 1
  readonly tables = [authenticationFailuresTable]
  readonly lookups: ReadonlySet<string> = new Set()
  readonly handles: ReadonlySet<string> = new Set(['authentication.failed', 'flood.detected'])

  async apply(batch: readonly Fact[], context: ProjectionContext): Promise<void> {
    const rows = batch.map(rowOf).filter((row) => row !== undefined)
    if (rows.length > 0) await context.tx.upsert(context.table(authenticationFailuresTable), rows)
  }
}

function rowOf(fact: Fact): Row | undefined {
  const common = { id: keyText(fact.id), switch: fact.key, at: Math.floor(fact.time / 1000) }
  switch (fact.type) {
    case 'authentication.failed':
      return {
        ...common,
        tenant: cut(fact.data.domain?.toLowerCase()),
        user: cut(fact.data.user),
        source: cut(fact.data.source),
        reason: fact.data.reason,
        method: cut(fact.data.method),
        user_agent: cut(fact.data.userAgent),
      }
    case 'flood.detected':
      return {
        ...common,
        tenant: null,
        user: null,
        source: cut(fact.data.source),
        reason: 'flood',
        method: cut(fact.data.method),
        user_agent: null,
      }
    default:
      return undefined
  }
}

function cut(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : text.slice(0, LONGEST)
}
