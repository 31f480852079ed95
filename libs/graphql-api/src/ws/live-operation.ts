import {
  getArgumentValues,
  Kind,
  print,
  type DocumentNode,
  type FieldNode,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'
import { ApiError } from '../errors/index.js'
import type { LiveOperation } from '../live/live-group.js'
import type { LiveRequest } from '../live/live-request.js'
import type { ApiContext } from '../queries/context.js'
import { scopeKey } from '../queries/scope.js'

export interface SubscriptionRequest {
  readonly schema: GraphQLSchema
  readonly document: DocumentNode
  readonly operation: OperationDefinitionNode
  /** As the client sent them. */
  readonly variables: Readonly<Record<string, unknown>>
  /** Checked against the operation. */
  readonly coerced: Readonly<Record<string, unknown>>
  readonly context: ApiContext
}

/** Asks the schema what a subscription wants, and finds whom it can share messages with. */
export async function liveOperation(request: SubscriptionRequest): Promise<LiveOperation> {
  const { schema, document, operation, variables, coerced, context } = request
  const node = rootField(document, operation.selectionSet)
  const field = node && schema.getSubscriptionType()?.getFields()[node.name.value]
  if (!node || !field?.subscribe) throw new ApiError('BAD_USER_INPUT', 'a subscription has one field')
  const args = getArgumentValues(field, node, coerced)
  const asked = (await field.subscribe(undefined, args, context, {} as GraphQLResolveInfo)) as LiveRequest | Error
  // Nest gives back what the exception filter returned.
  if (asked instanceof Error) throw asked
  const { after: _after, ...what } = asked
  const shared = withoutAfter(node, variables)
  const key = JSON.stringify([textOf(document), operation.name?.value, shared, what, scopeKey(context.viewer)])
  return {
    request: asked,
    document,
    operationName: operation.name?.value,
    variables,
    field: node.name.value,
    viewer: context.viewer,
    key,
  }
}

/** The first field of a selection; validation has made sure that there is one only. */
function rootField(document: DocumentNode, set: SelectionSetNode): FieldNode | undefined {
  for (const node of set.selections) {
    if (node.kind === Kind.FIELD) return node
    if (node.kind === Kind.INLINE_FRAGMENT) return rootField(document, node.selectionSet)
    for (const definition of document.definitions) {
      if (definition.kind !== Kind.FRAGMENT_DEFINITION || definition.name.value !== node.name.value) continue
      return rootField(document, definition.selectionSet)
    }
  }
  return undefined
}

/** Where somebody begins says nothing about what messages look like: the variable of `after` does not part a group. */
function withoutAfter(node: FieldNode, variables: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const rest = { ...variables }
  const after = node.arguments?.find(({ name }) => name.value === 'after')
  if (after?.value.kind === Kind.VARIABLE) delete rest[after.value.name.value]
  return rest
}

const texts = new WeakMap<DocumentNode, string>()

/** The document in one form, whatever its white space. */
function textOf(document: DocumentNode): string {
  let text = texts.get(document)
  if (text === undefined) texts.set(document, (text = print(document)))
  return text
}
