import { Field, ObjectType } from '@nestjs/graphql'

@ObjectType({ description: 'https://relay.dev/graphql/connections.htm' })
export class PageInfo {
  @Field(() => Boolean) hasNextPage!: boolean
  @Field(() => Boolean) hasPreviousPage!: boolean
  @Field(() => String, { nullable: true }) startCursor!: string | null
  @Field(() => String, { nullable: true }) endCursor!: string | null
}

/** Makes the Relay connection type `NAMEConnection` of a node type. */
export function connectionOf<T>(name: string, node: () => new () => T) {
  @ObjectType(`${name}Edge`)
  class Edge {
    @Field(() => String) cursor!: string
    @Field(node) node!: T
  }
  @ObjectType(`${name}Connection`)
  class Connection {
    @Field(() => [Edge]) edges!: Edge[]
    @Field(() => PageInfo) pageInfo!: PageInfo
  }
  return Connection
}
