import {
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'
import { DEFAULT_PAGE, MAXIMUM_PAGE } from '../paging/index.js'
import { LIST_SIZE } from '../schema/allow.js'

export interface OperationSize {
  /** Objects that the answer may hold, about. */
  readonly cost: number
  readonly depth: number
  readonly aliases: number
  readonly introspects: boolean
}

const DEFAULT_LIST = 50

/**
 * Sizes an operation before it runs: each object counts one, times the length of the lists that it stands in; a
 * connection counts as long as its page. Fragments are sized once, so nesting them cannot make this slow.
 * The document must be valid (no fragment cycles, no unknown fields).
 */
export function operationSize(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>> = {},
): OperationSize {
  const root = schema.getRootType(operation.operation)
  if (!root) return { cost: 0, depth: 0, aliases: 0, introspects: false }
  return new Sizer(schema, document, variables).selections(operation.selectionSet, root, 1)
}

class Sizer {
  private readonly fragments = new Map<string, FragmentDefinitionNode>()
  private readonly sized = new Map<string, OperationSize>()

  constructor(
    private readonly schema: GraphQLSchema,
    document: DocumentNode,
    private readonly variables: Readonly<Record<string, unknown>>,
  ) {
    for (const node of document.definitions) {
      if (node.kind === Kind.FRAGMENT_DEFINITION) this.fragments.set(node.name.value, node)
    }
  }

  /** `page`: length of the connection that these selections belong to. */
  selections(set: SelectionSetNode, type: GraphQLNamedType, page: number): OperationSize {
    let cost = 0
    let depth = 0
    let aliases = 0
    let introspects = false
    for (const node of set.selections) {
      let size: OperationSize
      if (node.kind === Kind.FIELD) {
        size = this.field(node, type, page)
        if (node.alias) aliases++
      } else if (node.kind === Kind.INLINE_FRAGMENT) {
        const inner = node.typeCondition ? this.schema.getType(node.typeCondition.name.value) : type
        size = this.selections(node.selectionSet, inner ?? type, page)
      } else size = this.fragment(node.name.value, page)
      cost += size.cost
      depth = Math.max(depth, size.depth)
      aliases += size.aliases
      introspects ||= size.introspects
    }
    return { cost, depth, aliases, introspects }
  }

  private fragment(name: string, page: number): OperationSize {
    const key = `${name}/${page}`
    const known = this.sized.get(key)
    if (known !== undefined) return known
    const node = this.fragments.get(name)
    const type = node && this.schema.getType(node.typeCondition.name.value)
    if (!node || !type) return { cost: 0, depth: 0, aliases: 0, introspects: false }
    const size = this.selections(node.selectionSet, type, page)
    this.sized.set(key, size)
    return size
  }

  private field(
    node: Extract<SelectionSetNode['selections'][number], { kind: Kind.FIELD }>,
    parent: GraphQLNamedType,
    page: number,
  ): OperationSize {
    const name = node.name.value
    if (name === '__schema' || name === '__type') return { cost: 1, depth: 1, aliases: 0, introspects: true }
    const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined
    if (!field || !node.selectionSet) return { cost: 0, depth: 1, aliases: 0, introspects: false }
    const type = getNamedType(field.type)
    if (!isCompositeType(type)) return { cost: 0, depth: 1, aliases: 0, introspects: false }
    const connection = type.name.endsWith('Connection')
    const innerPage = connection ? this.pageOf(node) : page
    const inner = this.selections(node.selectionSet, type, innerPage)
    let length = 1
    if (isListType(getNullableType(field.type))) {
      length = name === 'edges' ? page : ((field.extensions[LIST_SIZE] as number | undefined) ?? DEFAULT_LIST)
    }
    return { ...inner, cost: length * (1 + inner.cost), depth: inner.depth + 1 }
  }

  private pageOf(node: Extract<SelectionSetNode['selections'][number], { kind: Kind.FIELD }>): number {
    for (const { name, value } of node.arguments ?? []) {
      if (name.value !== 'first' && name.value !== 'last') continue
      const size =
        value.kind === Kind.VARIABLE
          ? this.variables[value.name.value]
          : value.kind === Kind.INT
            ? Number(value.value)
            : undefined
      if (typeof size === 'number') return Math.min(Math.max(size, 1), MAXIMUM_PAGE)
      // A variable that was left out has its default in the operation: taken for the largest page.
      if (value.kind === Kind.VARIABLE) return MAXIMUM_PAGE
    }
    return DEFAULT_PAGE
  }
}
