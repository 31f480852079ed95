import { parse, specifiedRules, validate, type DocumentNode, type GraphQLError, type GraphQLSchema } from 'graphql'

export type Checked = { readonly document: DocumentNode } | { readonly errors: readonly GraphQLError[] }

/** Longer documents are checked each time. */
const LONGEST_KEPT = 16 * 1024

/** Parses and validates documents, and keeps the last good ones. Throws what `parse` throws. */
export class DocumentCache {
  private readonly known = new Map<string, DocumentNode>()

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly maxTokens: number,
    private readonly size = 500,
  ) {}

  check(query: string): Checked {
    const known = this.known.get(query)
    if (known !== undefined) return { document: known }
    const document = parse(query, { maxTokens: this.maxTokens })
    const errors = validate(this.schema, document, specifiedRules, { maxErrors: 10 })
    if (errors.length > 0) return { errors }
    if (query.length <= LONGEST_KEPT) this.keep(query, document)
    return { document }
  }

  private keep(query: string, document: DocumentNode): void {
    this.known.set(query, document)
    for (const oldest of this.known.keys()) {
      if (this.known.size <= this.size) return
      this.known.delete(oldest)
    }
  }
}
