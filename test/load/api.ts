/** What the API says, asked as any client does. */
export interface CallRecord {
  readonly id: string
  readonly switch: string
  readonly state: string
  readonly disposition: string | null
  readonly talkMs: number | null
  readonly from: { readonly user: string | null; readonly number: string | null }
}

export interface Registered {
  readonly aor: string
  readonly contactId: string
}

export interface SwitchState {
  readonly name: string
  readonly state: string
  readonly gapCount: number
}

interface Page<T> {
  readonly edges: readonly { readonly node: T }[]
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
}

export class Api {
  constructor(
    readonly url: string,
    readonly token: string,
  ) {}

  async ask<T>(query: string, variables: Readonly<Record<string, unknown>> = {}): Promise<T> {
    const answer = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${this.token}` },
      body: JSON.stringify({ query, variables }),
    })
    const { data, errors } = (await answer.json()) as { data?: T; errors?: readonly { readonly message: string }[] }
    if (errors !== undefined || data === undefined)
      throw new Error(`the API says: ${errors?.[0]?.message ?? answer.status}`)
    return data
  }

  /** Calls that began at or after the time. */
  calls(fromMs: number): Promise<CallRecord[]> {
    return this.#all<CallRecord>(
      `query ($after: String, $from: DateTime) { page: calls(first: 200, after: $after, filter: { from: $from }) {
         edges { node { id switch state disposition talkMs from { user number } } } pageInfo { hasNextPage endCursor } } }`,
      { from: new Date(fromMs).toISOString() },
    )
  }

  registrations(): Promise<Registered[]> {
    return this.#all<Registered>(
      `query ($after: String) { page: registrations(first: 200, after: $after, filter: { state: registered }) {
         edges { node { aor contactId } } pageInfo { hasNextPage endCursor } } }`,
    )
  }

  async liveCalls(): Promise<string[]> {
    return (await this.ask<{ liveCalls: { id: string }[] }>('{ liveCalls { id } }')).liveCalls.map(({ id }) => id)
  }

  async switches(): Promise<SwitchState[]> {
    return (await this.ask<{ switches: SwitchState[] }>('{ switches { name state gapCount } }')).switches
  }

  async parked(): Promise<number> {
    return (
      await this.ask<{ parkedRecords: Page<unknown> }>(
        '{ parkedRecords(first: 200) { edges { node { type } } pageInfo { hasNextPage } } }',
      )
    ).parkedRecords.edges.length
  }

  async #all<T>(query: string, variables: Readonly<Record<string, unknown>> = {}): Promise<T[]> {
    const all: T[] = []
    for (let after: string | null = null; ;) {
      const { page }: { page: Page<T> } = await this.ask<{ page: Page<T> }>(query, { ...variables, after })
      all.push(...page.edges.map(({ node }) => node))
      if (!page.pageInfo.hasNextPage) return all
      after = page.pageInfo.endCursor
    }
  }
}
