import type { Role, Viewer } from '@trunkline/access'
import type { z } from 'zod'

/** One command of the API: REST, OpenAPI and GraphQL are made of this alone. */
export interface CommandDeclaration<Input = unknown, Result = unknown> {
  /** As GraphQL's mutation is called, such as `createSipUser`. */
  readonly name: string
  /** One line for the documents. */
  readonly summary: string
  /** Group in the documents, such as `SIP users`. */
  readonly group: string
  /** Who may send it; an admin always may. */
  readonly roles: readonly Role[]
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below /v1, with names of input fields in braces, such as `/sip-users/{id}/suspend`. */
  readonly path: string
  /** Fields of the path and of the body in one object. `tenant` is optional in each: the viewer's own by default. */
  readonly input: z.ZodType<Input>
  /** What the answer holds beside {@link CommandAnswer}; undefined for nothing. */
  readonly result?: z.ZodType<Result> | undefined
}

export interface CommandRequest {
  readonly name: string
  /** Not validated yet. */
  readonly input: unknown
  readonly viewer: Viewer
  /** 1 to 128 printable characters; the same command with the same key is done once. */
  readonly idempotencyKey: string
  /** Revision that the sender has seen; undefined for whatever it is. */
  readonly expectedRevision?: number | undefined
  readonly correlationId?: string | undefined
  readonly traceparent?: string | undefined
}

export interface CommandAnswer<Result = unknown> {
  /** Of the thing: for routes the tenant, for a blocked caller its key. */
  readonly id: string
  readonly tenant: string
  /** Of the thing after the command. */
  readonly revision: number
  /** False when what was asked for was true already. */
  readonly changed: boolean
  /** True when this is the answer to the same command sent before. What is shown once is not in it then. */
  readonly replayed: boolean
  readonly result: Result
}

export interface Commander {
  /** Rejects with `ProvisioningError`, `CommandError` (forbidden, stale revision, key reused …) or a retryable error of a store. */
  execute(request: CommandRequest): Promise<CommandAnswer>
}
