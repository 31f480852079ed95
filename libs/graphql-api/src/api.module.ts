import { Module, type DynamicModule } from '@nestjs/common'
import type { ApolloDriverConfig } from '@nestjs/apollo'
import { GraphQLModule } from '@nestjs/graphql'
import { RESOLVERS } from './resolvers/index.js'

@Module({})
export class ApiModule {
  static with(options: ApolloDriverConfig): DynamicModule {
    return { module: ApiModule, imports: [GraphQLModule.forRoot(options)], providers: [...RESOLVERS] }
  }
}
