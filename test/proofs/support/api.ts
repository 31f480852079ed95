import { randomUUID } from 'node:crypto'

const RETRY_MS = 30_000

interface Answered {
  readonly data?: Record<string, unknown> | null
  readonly errors?: readonly { readonly message: string; readonly extensions?: Record<string, unknown> }[]
}

export interface Done {
  readonly id: string
  readonly revision: number
  readonly result?: Record<string, unknown> | null
}

/** The GraphQL API of a Trunkline, as an operator uses it. Everything that it answered is kept. */
export class Api {
  readonly answers: string[] = []

  constructor(
    readonly url: string,
    private readonly token: string,
  ) {}

  /** For requests beside GraphQL. */
  get headers(): Record<string, string> {
    return { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' }
  }

  async query<T>(query: string, variables: Record<string, unknown> = {}): Promise<T> {
    const { data, errors } = await this.post(query, variables)
    if (errors !== undefined) throw new Error(JSON.stringify(errors))
    return data as T
  }

  /** Sends a command; `result` names fields of its result that are wanted. */
  async command(name: string, input: Record<string, unknown>, result = ''): Promise<Done> {
    const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input`
    const wanted = result === '' ? '' : ` result { ${result} }`
    const query = `mutation ($input: ${type}!, $key: String!) { ${name}(input: $input, idempotencyKey: $key) { id revision${wanted} } }`
    const variables = { input, key: randomUUID() }
    for (const end = performance.now() + RETRY_MS; ;) {
      const { data, errors } = await this.post(query, variables)
      if (errors === undefined) return data![name] as Done
      // as an operator's program does: the same command with the same key
      if (errors[0]?.extensions?.['retryable'] !== true || performance.now() > end)
        throw new Error(JSON.stringify(errors))
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }

  async post(query: string, variables: Record<string, unknown>): Promise<Answered> {
    const reply = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: this.headers,
      body: JSON.stringify({ query, variables }),
    })
    const text = await reply.text()
    this.answers.push(text)
    return JSON.parse(text) as Answered
  }
}
